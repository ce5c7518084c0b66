package app

import "time"

// Courtesy is how fits give way, by a clock and a sleep.
func Courtesy(now func() time.Duration, sleep func(time.Duration)) (came func(), write func(rows int), giveWay func(urgent bool)) {
	c := &courtesy{now: now, sleep: sleep}
	return c.came, c.write, c.giveWay
}
