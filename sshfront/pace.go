package sshfront

import (
	"sync"
	"time"

	"golang.org/x/time/rate"

	"moniker/fsm"
	"moniker/fsm/id"
	"moniker/fsm/setting"
)

// paces is how fast each person may speak on this node, however many sessions they
// have. Somebody who is fast is slowed down, never shut out; coming back anew does
// not make anybody faster.
type paces struct {
	mu  sync.Mutex
	all map[id.Identity]*pace
}

const pacesKept = 1024 // of people who are gone, before those who have rested are forgotten

// pace is one person's.
type pace struct {
	*rate.Limiter
	sessions int
}

// take returns a person's pace, until give.
func (p *paces) take(who id.Identity, limit rate.Limit, burst int) *pace {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.all == nil {
		p.all = map[id.Identity]*pace{}
	}
	one := p.all[who]
	if one == nil {
		one = &pace{Limiter: rate.NewLimiter(limit, burst)} // rested
		p.all[who] = one
	}
	one.sessions++
	return one
}

// give takes note that a session has ended.
func (p *paces) give(one *pace, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	one.sessions--
	if len(p.all) < pacesKept {
		return
	}
	for who, o := range p.all {
		if o.sessions == 0 && o.TokensAt(now) >= float64(o.Burst()) {
			delete(p.all, who)
		}
	}
}

// next returns when one more line may go out; zero, and it is counted, if that is now.
func (p *pace) next(limit rate.Limit, burst int, now time.Time) time.Time {
	if limit != p.Limit() {
		p.SetLimitAt(now, limit)
	}
	if burst != p.Burst() {
		p.SetBurstAt(now, burst)
	}
	r := p.ReserveN(now, 1)
	wait := r.DelayFrom(now)
	if wait <= 0 {
		return time.Time{}
	}
	r.CancelAt(now)
	return now.Add(wait)
}

// mayRate is how fast a person may speak, as it is set now.
func (s *Server) mayRate() (limit rate.Limit, burst int) {
	s.cfg.Cluster.View(func(st *fsm.State) {
		limit = rate.Limit(float64(st.Settings().Get(setting.RateLines)) / 60)
		burst = int(st.Settings().Get(setting.RateBurst))
	})
	return limit, burst
}

// fast says in words what somebody who is fast may expect.
func fast(limit rate.Limit) string {
	if limit == 1 {
		return "you are fast: one line a second goes out, in order"
	}
	return "you are fast: " + plural(int(limit*60+0.5), "line") + " a minute, in order"
}
