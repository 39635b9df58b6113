package main

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// ownGroup gives a child its own process group. Should this program be killed without a chance to clean up, the kernel ends the
// child. (That is tied to the thread which started it; the Go runtime ends threads only for goroutines locked to one, and
// there are none here.)
func ownGroup() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// cpu returns the CPU time, user and system, that a process and its living descendants have used, and that of its children
// which ended and were waited for.
func cpu(pid int) (time.Duration, error) {
	sum := time.Duration(0)
	all, err := tree(pid)
	if err != nil {
		return 0, err
	}
	for _, id := range all {
		// The CPU clock of another process, see clock_getcpuclockid(3): nanoseconds where /proc/PID/stat has hundredths of a
		// second, and ended threads included where /proc/PID/task has living ones only.
		var t unix.Timespec
		if err := unix.ClockGettime(int32(^id<<3|2), &t); err == nil {
			sum += time.Duration(t.Nano())
		} else if id == pid {
			return 0, fmt.Errorf("CPU clock of process %d: %w", pid, err)
		}
		fields, err := stat(id)
		if err != nil {
			continue // a descendant that has just ended is in its parent's account now
		}
		for _, i := range []int{13, 14} { // cutime and cstime of proc_pid_stat(5), whose third field is our first
			ticks, _ := strconv.ParseInt(fields[i], 10, 64)
			sum += time.Duration(ticks) * (time.Second / 100)
		}
	}
	return sum, nil
}

// stat returns the fields of /proc/PID/stat after the program's name, which may itself hold spaces and parentheses.
func stat(pid int) ([]string, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return nil, err
	}
	i := bytes.LastIndexByte(b, ')')
	fields := strings.Fields(string(b[i+1:]))
	if i < 0 || len(fields) < 20 {
		return nil, fmt.Errorf("process %d: /proc/PID/stat has %d fields", pid, len(fields))
	}
	return fields, nil
}

// tree returns pid and its descendants.
func tree(pid int) ([]int, error) {
	if _, err := stat(pid); err != nil {
		return nil, err
	}
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, err
	}
	children := map[int][]int{}
	for _, e := range entries {
		id, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		if fields, err := stat(id); err == nil {
			parent, _ := strconv.Atoi(fields[1])
			children[parent] = append(children[parent], id)
		}
	}
	all := []int{pid}
	for i := 0; i < len(all); i++ {
		all = append(all, children[all[i]]...)
	}
	return all, nil
}

// memory returns the resident set and its highest value so far, in bytes, summed over a process and its descendants.
func memory(pid int) (now, peak int64, err error) {
	all, err := tree(pid)
	if err != nil {
		return 0, 0, err
	}
	for _, id := range all {
		b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", id))
		if err != nil {
			continue
		}
		now += kilobytes(b, "VmRSS:") << 10
		peak += kilobytes(b, "VmHWM:") << 10
	}
	return now, peak, nil
}

// diskOf names the kind of file system a folder is on. A record on tmpfs is not on disk, and its fsync is free.
func diskOf(dir string) string {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return "unknown"
	}
	switch int64(s.Type) {
	case unix.TMPFS_MAGIC:
		return "tmpfs (memory: fsync costs nothing here)"
	case unix.EXT4_SUPER_MAGIC:
		return "ext4"
	case unix.XFS_SUPER_MAGIC:
		return "xfs"
	case unix.BTRFS_SUPER_MAGIC:
		return "btrfs"
	case unix.OVERLAYFS_SUPER_MAGIC:
		return "overlay"
	}
	return fmt.Sprintf("type %#x", s.Type)
}
