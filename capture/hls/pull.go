package hls

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"sync"
	"time"

	"github.com/vedette-av/vedette/capture"
)

// Pull fetches a feed from an HLS server. It is a capture.Source and a capture.Teller.
type Pull struct {
	target   target
	opt      Options
	timeline *capture.Timeline
	numbers  map[capture.Media]int
	places   map[string]place // where each playlist was left, so that nothing is played twice
	count    counters
	facts    facts
}

// NewPull returns the source for the URL of a playlist, such as
// https://host/path/index.m3u8#variant=lowest.
func NewPull(address string, opt Options, tl *capture.Timeline) (*Pull, error) {
	t, err := parseTarget(address)
	if err != nil {
		return nil, err
	}
	return &Pull{
		target: t, opt: opt.filled(), timeline: tl, numbers: map[capture.Media]int{}, places: map[string]place{},
		facts: facts{now: capture.Facts{Reason: "not connected yet"}},
	}, nil
}

// Facts returns what is known of the link; it does not block.
func (p *Pull) Facts() capture.Facts { return p.facts.Facts() }

// Counters returns what was met.
func (p *Pull) Counters() Counters { return p.count.read() }

// Run plays the stream until ctx ends, or the stream does, or it cannot be had, and says why.
func (p *Pull) Run(ctx context.Context, emit func(capture.Packet)) error {
	err := p.run(ctx, emit)
	if ctx.Err() != nil {
		err = ctx.Err()
	} else {
		err = fmt.Errorf("HLS from %s: %w", p.target.url.Host, err)
	}
	p.facts.down(clip(err.Error()))
	return err
}

func (p *Pull) run(ctx context.Context, emit func(capture.Packet)) error {
	f := newFetcher(p.target.url.Host, p.opt)
	defer f.close()
	lists, err := p.lists(ctx, f)
	if err != nil {
		return err
	}
	p.facts.connected(p.target.url.Host, "no segment has come yet")
	p.timeline.Restart(time.Now())
	out := &outlet{timeline: p.timeline, facts: &p.facts, numbers: p.numbers, to: emit}
	pace := &pacer{}

	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var running sync.WaitGroup
	var renditions []*rendition
	for i, l := range lists {
		r := &rendition{
			follower: follower{
				fetch: f, count: &p.count, facts: &p.facts, pacer: pace, main: i == 0, url: l.url, base: l.base,
				pieces: make(chan piece, ahead), at: p.places[l.name],
			},
			out: out, only: l.only,
		}
		renditions = append(renditions, r)
		running.Go(func() {
			if err := r.run(ctx, l.media); err != nil {
				cancel(err)
			}
		})
		running.Go(func() { cancel(r.play(ctx)) })
	}
	running.Wait()
	for i, r := range renditions {
		p.places[lists[i].name] = place{sequence: r.at.sequence, uri: r.at.uri}
	}
	return context.Cause(ctx)
}

// list is one media playlist of the stream.
type list struct {
	name  string // the same over sessions
	url   *url.URL
	base  *url.URL // where it was found
	media *media
	only  capture.Media
}

// lists fetches the playlist, chooses among its variants and fetches what belongs to the choice.
func (p *Pull) lists(ctx context.Context, f *fetcher) ([]list, error) {
	body, found, err := f.get(ctx, &p.target.url, resource{length: -1}, mostPlaylist, p.opt.Opening)
	if err != nil {
		return nil, fmt.Errorf("playlist: %w", err)
	}
	p.count.playlists.Add(1)
	m, choices, err := parsePlaylist(body)
	switch {
	case err != nil:
		return nil, err
	case m != nil && p.target.pick.place > 1:
		return nil, fmt.Errorf("variant %d is asked for, and the playlist has no variants", p.target.pick.place)
	case m != nil:
		return []list{{url: &p.target.url, base: found, media: m}}, nil
	}
	chosen, err := p.target.pick.variant(choices)
	if err != nil {
		return nil, err
	}
	picture, err := p.list(ctx, f, found, chosen.uri)
	if err != nil {
		return nil, fmt.Errorf("variant: %w", err)
	}
	lists := []list{picture}
	if uri := choices.sound(chosen); uri != "" && uri != chosen.uri {
		sound, err := p.list(ctx, f, found, uri)
		if err != nil {
			return nil, fmt.Errorf("sound of the variant: %w", err)
		}
		lists[0].only, sound.only = capture.Video, capture.Audio
		lists = append(lists, sound)
	}
	return lists, nil
}

func (p *Pull) list(ctx context.Context, f *fetcher, base *url.URL, uri string) (list, error) {
	u, err := resolve(base, uri)
	if err != nil {
		return list{}, err
	}
	m, found, err := f.media(ctx, u, p.opt.Opening, &p.count)
	return list{name: uri, url: u, base: found, media: m}, err
}

// media fetches a media playlist.
func (f *fetcher) media(ctx context.Context, u *url.URL, within time.Duration, count *counters) (*media, *url.URL, error) {
	body, found, err := f.get(ctx, u, resource{length: -1}, mostPlaylist, within)
	if err != nil {
		return nil, nil, err
	}
	count.playlists.Add(1)
	m, choices, err := parsePlaylist(body)
	if err == nil && choices != nil {
		err = errors.New("a multivariant playlist where segments should be listed")
	}
	return m, found, err
}
