package config

// Scheme is one kind of source URL.
type Scheme struct {
	Name   string
	Port   string // the port where the URL gives none
	Listen bool   // feeds can wait for a publisher
	Pull   bool   // feeds can fetch from a server
	TLS    bool   // listening needs the tls section
	Keyed  bool   // the path is an app and a stream key, which may come from a credential
}

// Schemes is every kind of source URL that the daemon understands.
var Schemes = []Scheme{
	{Name: "rtmp", Port: "1935", Listen: true, Pull: true, Keyed: true},
	{Name: "rtmps", Port: "443", Listen: true, Pull: true, TLS: true, Keyed: true},
}
