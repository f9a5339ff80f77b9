package config

import (
	"reflect"
	"strings"
	"time"
)

// document is the configuration as it is written.
type document struct {
	Site           string                    `mapstructure:"site"`
	StateDirectory string                    `mapstructure:"state_directory"`
	LogLevel       string                    `mapstructure:"log_level"`
	Feeds          []feedDocument            `mapstructure:"feeds"`
	Detectors      map[string]map[string]any `mapstructure:"detectors"`
	Forward        []map[string]any          `mapstructure:"forward"`
	Egress         egressDocument            `mapstructure:"egress"`
	API            apiDocument               `mapstructure:"api"`
	TLS            tlsDocument               `mapstructure:"tls"`
	Worker         workerDocument            `mapstructure:"worker"`
	Bus            busDocument               `mapstructure:"bus"`
}

type feedDocument struct {
	Name          string                    `mapstructure:"name"`
	Source        string                    `mapstructure:"source"`
	Pull          bool                      `mapstructure:"pull"`
	Placement     string                    `mapstructure:"placement"`
	KeyCredential string                    `mapstructure:"key_credential"`
	Threads       int                       `mapstructure:"threads"`
	Detectors     map[string]map[string]any `mapstructure:"detectors"`
}

type apiDocument struct {
	Listen string `mapstructure:"listen"`
}

type tlsDocument struct {
	Certificate   string `mapstructure:"certificate"`
	Key           string `mapstructure:"key"`
	KeyCredential string `mapstructure:"key_credential"`
}

type workerDocument struct {
	Path        string `mapstructure:"path"`
	MemoryLimit Size   `mapstructure:"memory_limit"`
}

type busDocument struct {
	MaxSize Size          `mapstructure:"max_size"`
	MaxAge  time.Duration `mapstructure:"max_age"`
	Leaf    leafDocument  `mapstructure:"leaf"`
	Servers any           `mapstructure:"servers"` // refused with what to do instead
}

// detectorDocument is what can be set of every detector; the rest is its own.
type detectorDocument struct {
	Enabled  *bool          `mapstructure:"enabled"`
	For      *time.Duration `mapstructure:"for"`
	Keep     *time.Duration `mapstructure:"keep"`
	Severity *string        `mapstructure:"severity"`
	Settings map[string]any `mapstructure:",remain"`
}

// presets is a document with the defaults, over which the file is read.
func presets() document {
	return document{
		LogLevel: "info",
		API:      apiDocument{Listen: DefaultListen},
		Worker:   workerDocument{MemoryLimit: DefaultMemoryLimit},
		Bus:      busDocument{MaxSize: DefaultBusSize, MaxAge: DefaultBusAge, Leaf: leafDocument{MaxSize: DefaultOutbox}},
		Egress:   egressDocument{Digest: DefaultDigest, Message: DefaultMessage, Budget: DefaultBudget},
	}
}

// keysOf returns the keys that a struct of the document has.
func keysOf(t reflect.Type) []string {
	var keys []string
	for i := range t.NumField() {
		if key, _, _ := strings.Cut(t.Field(i).Tag.Get("mapstructure"), ","); key != "" {
			keys = append(keys, key)
		}
	}
	return keys
}

// fieldOf returns the type of the field that a key names.
func fieldOf(t reflect.Type, key string) (reflect.Type, bool) {
	for i := range t.NumField() {
		if tag, _, _ := strings.Cut(t.Field(i).Tag.Get("mapstructure"), ","); tag == key {
			return t.Field(i).Type, true
		}
	}
	return nil, false
}
