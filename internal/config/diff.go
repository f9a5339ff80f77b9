package config

import "reflect"

// Delta is what a new configuration changes. Each feed is in one of the lists, as it is in the new
// configuration; a removed one as it was in the old.
type Delta struct {
	Added, Removed, Changed, Unchanged []Feed
	// Sections names the parts beside the feeds that changed: they take effect at the next start.
	Sections []string
}

// Diff compares two configurations. Feeds are matched by name.
func Diff(old, new *Config) Delta {
	var delta Delta
	before := map[string]Feed{}
	for _, feed := range old.Feeds {
		before[feed.Name] = feed
	}
	for _, feed := range new.Feeds {
		was, ok := before[feed.Name]
		delete(before, feed.Name)
		switch {
		case !ok:
			delta.Added = append(delta.Added, feed)
		case reflect.DeepEqual(was, feed):
			delta.Unchanged = append(delta.Unchanged, feed)
		default:
			delta.Changed = append(delta.Changed, feed)
		}
	}
	for _, feed := range old.Feeds {
		if _, left := before[feed.Name]; left {
			delta.Removed = append(delta.Removed, feed)
		}
	}
	section := func(name string, a, b any) {
		if !reflect.DeepEqual(a, b) {
			delta.Sections = append(delta.Sections, name)
		}
	}
	section("site", old.Site, new.Site)
	section("state_directory", old.StateDirectory, new.StateDirectory)
	section("log_level", old.LogLevel, new.LogLevel)
	section("api", old.API, new.API)
	section("tls", old.TLS, new.TLS)
	section("worker", old.Worker, new.Worker)
	section("bus", old.Bus, new.Bus)
	section("egress", old.Egress, new.Egress)
	section("forward", old.Forward, new.Forward)
	return delta
}
