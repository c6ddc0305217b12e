package migrate

import "time"

// Result is what a run did. It is returned with an error too.
type Result struct {
	// Applied are the migrations that were applied, in order.
	Applied []Applied `json:"applied"`
	// Failed is the one that failed; nil if none did.
	Failed *Step `json:"failed,omitempty"`
	// NotTried are those that were planned behind the one that failed.
	NotTried []Step `json:"not_tried,omitempty"`
	// Warnings are what was found and did not stop the run.
	Warnings []Problem `json:"warnings,omitempty"`
}

// Applied is a migration that was applied.
type Applied struct {
	Step
	// Duration is how long it took in this run.
	Duration time.Duration `json:"duration"`
}
