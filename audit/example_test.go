package audit_test

import (
	"fmt"
	"log"
	"os"

	"sallyport/audit"
)

func Example() {
	dir, err := os.MkdirTemp("", "record")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)

	l, err := audit.Open(dir, audit.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer l.Close()

	call := audit.Call{ID: "req_1", Workspace: "example", Op: "chat.completions", Model: "gpt-example"}
	if err := l.Start(&audit.Start{Call: call}); err != nil {
		log.Fatal(err) // nothing may be sent upstream
	}
	if err := l.End(&audit.End{Call: call, Stage: audit.Write, Decision: audit.Allow, Status: 200}); err != nil {
		log.Fatal(err) // the answer may not be finished
	}

	last, err := audit.Tail(dir, 10)
	if err != nil {
		log.Fatal(err)
	}
	for _, r := range last {
		fmt.Println(r.State, r.End.ID, r.End.Decision, r.End.Status)
	}
	// Output: done req_1 allow 200
}
