package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"reflect"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/vedette-av/vedette/detectors/catalogue"
	"github.com/vedette-av/vedette/hwaccel/worker"
	"github.com/vedette-av/vedette/internal/api"
	"github.com/vedette-av/vedette/internal/bus"
	"github.com/vedette-av/vedette/internal/config"
	"github.com/vedette-av/vedette/internal/feed"
	"github.com/vedette-av/vedette/internal/forward"
	"github.com/vedette-av/vedette/internal/forward/sinks"
	"github.com/vedette-av/vedette/internal/status"
)

const (
	defaultConfig = "/etc/vedette/vedette.yaml"
	shutdownIn    = 5 * time.Second
	// The daemon lives long and holds little: a smaller heap is worth the more frequent collection.
	garbagePercent = 50
)

func runCommand() *cobra.Command {
	var path string
	var set []string
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Watch the feeds of the configuration until told to stop",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return run(cmd.Context(), path, set)
		},
	}
	cmd.Flags().StringVarP(&path, "config", "c", defaultConfig, "configuration file")
	cmd.Flags().StringArrayVar(&set, "set", nil, "one setting by its path, over the configuration: detectors.freeze.for=3s")
	return cmd
}

// daemon is everything that runs.
type daemon struct {
	path  string
	set   []string
	level *slog.LevelVar
	log   *slog.Logger

	config   *config.Config
	bus      *bus.Bus
	feeds    *feed.Set
	forward  *forward.Forwarder
	watchdog *status.Watchdog
	notify   *status.Notifier
	ready    atomic.Bool
}

var errNotReady = errors.New("starting or stopping")

// run is the daemon from its start to its end.
func run(ctx context.Context, path string, set []string) error {
	debug.SetGCPercent(garbagePercent)
	reload := make(chan os.Signal, 1)
	signal.Notify(reload, syscall.SIGHUP) // from here on it cannot end the daemon
	defer signal.Stop(reload)

	d := &daemon{path: path, set: set, level: &slog.LevelVar{}, watchdog: status.NewWatchdog()}
	d.log = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: d.level}))
	var err error
	if d.config, err = config.Load(path, set, catalogue.All); err != nil {
		return err
	}
	d.level.Set(d.config.LogLevel)
	program, err := workerProgram(d.config.Worker)
	if err != nil {
		return err
	}
	if err := tryWorker(ctx, program); err != nil {
		return err
	}
	if d.notify, err = status.NewNotifier(d.log); err != nil {
		return err
	}
	d.bus, err = bus.Open(ctx, filepath.Join(d.config.StateDirectory, "bus"), bus.Options{
		MaxBytes: int64(d.config.Bus.MaxSize), MaxAge: d.config.Bus.MaxAge, Log: d.log,
		Salvage: true, // a facility without its watch is worse off than one without its history
	})
	if err != nil {
		return err
	}
	return errors.Join(d.serve(ctx, program, reload), d.bus.Close())
}

// tryWorker starts a worker once, so that a missing library or a worker of another version is told
// at the start and not when the first encoder connects.
func tryWorker(ctx context.Context, program worker.Program) error {
	process, err := program.Start(ctx)
	if err != nil {
		return err
	}
	if err := process.Stop(); err != nil {
		return fmt.Errorf("try the worker %s: %w", program.Path, err)
	}
	return nil
}

// serve watches the feeds and answers the API until ctx ends.
func (d *daemon) serve(ctx context.Context, program worker.Program, reload <-chan os.Signal) error {
	d.feeds = &feed.Set{
		Kinds: catalogue.All, Store: d.bus, Watchdog: d.watchdog, Log: d.log,
		Sources: &feed.Sources{Log: d.log, Secret: config.Secret, Certificate: func() (tls.Certificate, error) { return d.config.TLS.Load() }},
	}
	defer d.feeds.Close()
	if err := d.openSinks(ctx); err != nil {
		return err
	}
	stopAPI, err := d.answerAPI()
	if err != nil {
		return err
	}
	if err := d.feeds.Apply(ctx, d.config.Feeds, program); err != nil {
		return errors.Join(err, stopAPI())
	}
	d.ready.Store(true)
	d.notify.Ready(d.summary())
	d.log.Info("vedette watches", "version", version, "feeds", len(d.config.Feeds), "api", d.config.API.Listen)

	var background sync.WaitGroup
	background.Go(func() { d.forward.Run(ctx) })
	background.Go(func() { d.notify.Run(ctx, d.watchdog, d.summary) })
	for running := true; running; {
		select {
		case <-reload:
			d.reload(ctx)
		case <-ctx.Done():
			running = false
		}
	}
	d.ready.Store(false)
	d.notify.Stopping()
	d.log.Info("vedette stops; incidents that are open stay open")
	background.Wait()
	d.feeds.Close()
	return stopAPI()
}

// openSinks makes what forwards. What the configuration names and this machine has not, such as a
// credential, ends the start: an operator must not find out later that alarms do not leave.
func (d *daemon) openSinks(ctx context.Context) error {
	opened, err := sinks.Open(d.config.Forward, d.config.Site, version, config.Secret)
	if err != nil {
		return err
	}
	limits := forward.Limits{Message: int(d.config.Egress.Message), Budget: int64(d.config.Egress.Budget)}
	if slices.ContainsFunc(d.config.Forward, func(s config.Sink) bool { return s.Digests }) {
		limits.Every = d.config.Egress.Digest
	}
	d.forward, err = forward.New(ctx, forward.Options{
		Site: d.config.Site, Version: version, Store: d.bus, Feeds: d.feeds.Feeds, Sinks: opened, Limits: limits, Log: d.log,
	})
	return err
}

// answerAPI serves the API until the returned function is called, which waits for its end.
func (d *daemon) answerAPI() (stop func() error, err error) {
	if d.config.API.Listen == "" {
		return func() error { return nil }, nil
	}
	server, err := api.New(api.Options{
		Listen: d.config.API.Listen, Site: d.config.Site, Version: version,
		Feeds: d.feeds, Incidents: d.bus, Forwarding: d.forward, Listeners: d.feeds.Sources.Listeners, Health: d.watchdog.Check,
		Ready: func() error {
			if !d.ready.Load() {
				return errNotReady
			}
			return nil
		},
		Log: d.log,
	})
	if err != nil {
		return nil, err
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve() }()
	return func() error {
		ctx, cancel := context.WithTimeout(context.Background(), shutdownIn/2)
		defer cancel()
		return errors.Join(server.Shutdown(ctx), <-served)
	}, nil
}

// reload makes the running feeds those of the configuration as it is now. A configuration that is
// wrong changes nothing.
func (d *daemon) reload(ctx context.Context) {
	d.notify.Reloading()
	defer func() { d.notify.Ready(d.summary()) }()
	fresh, err := config.Load(d.path, d.set, catalogue.All)
	if err != nil {
		d.log.Error("configuration not reloaded; the one before stays in force", "err", err)
		return
	}
	for _, key := range needRestart(d.config, fresh) {
		d.log.Warn("this setting takes effect at the next start", "setting", key)
	}
	program, err := workerProgram(fresh.Worker)
	if err != nil {
		d.log.Error("configuration not reloaded; the one before stays in force", "err", err)
		return
	}
	d.config = fresh
	d.level.Set(fresh.LogLevel)
	if err := d.feeds.Apply(ctx, fresh.Feeds, program); err != nil {
		d.log.Error("not every feed could be started", "err", err)
		return
	}
	d.log.Info("configuration reloaded", "feeds", len(fresh.Feeds))
}

// needRestart names what changed and cannot change while the daemon runs.
func needRestart(before, after *config.Config) []string {
	var keys []string
	for key, changed := range map[string]bool{
		"state_directory": before.StateDirectory != after.StateDirectory,
		"api":             before.API != after.API,
		"bus":             before.Bus != after.Bus,
		"egress":          before.Egress != after.Egress,
		"forward":         !reflect.DeepEqual(before.Forward, after.Forward),
	} {
		if changed {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}

// summary is the line that `systemctl status` shows.
func (d *daemon) summary() string {
	up, open := 0, 0
	feeds := d.feeds.Feeds()
	for _, f := range feeds {
		if f.State == status.Up {
			up++
		}
		open += len(f.Open)
	}
	return fmt.Sprintf("%d of %d feeds up, %d incidents open", up, len(feeds), open)
}
