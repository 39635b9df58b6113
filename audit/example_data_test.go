package audit

import "time"

// usualCall is an ordinary request in the size of a real one.
func usualCall() Call {
	return Call{
		ID: "req_01JD5Y8Q9ZK3W4T6M7N8P9R0S1", Key: "key_01JD5Y8Q9Z", KeyName: "billing-bot", Workspace: "ws_example",
		IP: "ip_Zm9vYmFyYmF6cXV4", Route: "chat", Dialect: "openai", Op: "chat.completions", Model: "gpt-example-mini",
		Stream: true, Inspected: "hG3x0mJ5nQ7rT9vX1zB3dF5hJ7lN9pR1tV3xZ5bD7fH", RequestBytes: 1187,
	}
}

func usualStart() *Start {
	return &Start{Time: time.Date(2026, 3, 4, 5, 6, 7, 89012345, time.UTC), Call: usualCall()}
}

func usualEnd() *End {
	return &End{
		Time: time.Date(2026, 3, 4, 5, 6, 8, 123456789, time.UTC), Call: usualCall(),
		Upstream: "example-east", UpstreamModel: "gpt-example-mini-2026-01-15",
		Stage: InspectOutput, Decision: Allow, Policy: "policy_default", Status: 200,
		Findings: []Finding{{Side: Input, Detector: "pii.email", Family: "pii", Kind: "email", Origin: "user",
			Path: "messages[1].content", Start: 112, End: 133, Score: 0.98, Action: "mask"}},
		Edits:    []Edit{{Side: Input, Kind: "mask", Path: "messages[1].content", Start: 112, End: 133, New: "<EMAIL_1>"}},
		Attempts: []Attempt{{Upstream: "example-east", Status: 200, Micros: 412345}},
		Tokens:   Tokens{Input: 268, Output: 143}, Cost: 128_400,
		Sent:     "a1C3e5G7i9K1m3O5q7S9u1W3y5A7c9E1g3I5k7M9o1Q",
		Answer:   "Z9x7V5t3R1p9N7l5J3h1F9d7B5z3X1v9T7r5P3n1L9j",
		Released: "Z9x7V5t3R1p9N7l5J3h1F9d7B5z3X1v9T7r5P3n1L9j", AnswerBytes: 2411, Events: 37,
		Timings: Timings{Stages: [stageCount]int64{21, 9, 14, 3, 38, 612345, 187, 212}, FirstByte: 398211, Total: 613002},
	}
}
