// Package schema holds the JSON Schema of what leaves the machine.
package schema

import _ "embed"

// Message describes every message that is forwarded, version 1.
//
//go:embed message-v1.json
var Message []byte
