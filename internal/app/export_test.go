package app

import "time"

// Courtesy is how fits give way, by a clock and a sleep.
func Courtesy(now func() time.Duration, sleep func(time.Duration)) (came, giveWay func()) {
	c := &courtesy{now: now, sleep: sleep}
	return c.came, c.giveWay
}
