package forward

import "slices"

// mostGrouped is how many incidents one message tells of.
const mostGrouped = 32

// grouped joins messages that tell the same of several incidents. Only one that would then be told
// before an earlier one of its feed stays apart. The result depends on the messages alone, so that
// what is sent again has the same ids.
func grouped(messages []Message) []Message {
	var groups [][]Message
	last := map[string]int{} // feed to the group that tells of it last
	for _, m := range messages {
		if m.body.Incident == nil || m.body.Type == StillOpen {
			groups = append(groups, []Message{m})
			continue
		}
		feed := m.body.Feed
		fits := func(g []Message) bool {
			first := g[0].body
			return len(g) < mostGrouped && first.Incident != nil && first.Type == m.body.Type && first.Incident.Kind == m.body.Incident.Kind &&
				!slices.ContainsFunc(g, func(o Message) bool { return o.body.Incident.ID == m.body.Incident.ID })
		}
		at := -1
		for n := last[feed]; n < len(groups); n++ { // not before what was told of this feed
			if fits(groups[n]) {
				at = n
				break
			}
		}
		if at < 0 {
			at = len(groups)
			groups = append(groups, nil)
		}
		groups[at] = append(groups[at], m)
		last[feed] = at
	}
	all := make([]Message, 0, len(groups))
	for _, g := range groups {
		if len(g) == 1 {
			all = append(all, g[0])
		} else {
			all = append(all, newGroup(g))
		}
	}
	return all
}
