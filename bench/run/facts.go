package main

import (
	"os"
	"runtime"
	"strconv"
	"strings"
)

// facts describe the machine without saying whose it is.
type facts struct {
	Cores  int    `json:"cores"`
	CPU    string `json:"cpu"`
	Memory int64  `json:"memory_bytes"`
	System string `json:"system"`
	Go     string `json:"go"`
	Load   string `json:"load_average"` // over the last minute, before the run
	Disk   string `json:"disk"`         // kind of the file system the record is on
}

func machine(dir string) facts {
	f := facts{Cores: runtime.NumCPU(), Go: runtime.Version(), System: runtime.GOOS + "/" + runtime.GOARCH, Disk: diskOf(dir)}
	cpuinfo, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(cpuinfo)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			f.CPU = strings.TrimSpace(value)
			break
		}
	}
	meminfo, _ := os.ReadFile("/proc/meminfo")
	f.Memory = kilobytes(meminfo, "MemTotal:") << 10
	load, _ := os.ReadFile("/proc/loadavg")
	f.Load, _, _ = strings.Cut(string(load), " ")
	return f
}

// kilobytes reads the line "name  123 kB" of a file of /proc, 0 if there is none.
func kilobytes(status []byte, name string) int64 {
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, name); ok {
			n, _ := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
			return n
		}
	}
	return 0
}
