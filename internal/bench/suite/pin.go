package suite

import (
	"os"
	"runtime"
	"strconv"

	"golang.org/x/sys/unix"
)

// apart gives start's children the first processor and this process all others,
// until release is called. Otherwise a generator that asks for more than there
// is takes from the server what it measures. With one processor it changes
// nothing.
func apart(start func() error) (release func(), err error) {
	var all unix.CPUSet
	if err := unix.SchedGetaffinity(0, &all); err != nil {
		return nil, err
	}
	var first, rest unix.CPUSet
	for cpu := range runtime.NumCPU() * 8 { // allowed ones may have any numbers
		switch {
		case !all.IsSet(cpu):
		case first.Count() == 0:
			first.Set(cpu)
		default:
			rest.Set(cpu)
		}
	}
	if rest.Count() == 0 {
		return func() {}, start()
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := unix.SchedSetaffinity(0, &first); err != nil { // of this thread, which children take over
		return nil, err
	}
	err = start()
	confine(&rest)
	return func() { confine(&all) }, err
}

// confine moves all threads of this process; those to come take over from them.
// A thread that ended meanwhile is none.
func confine(to *unix.CPUSet) {
	threads, _ := os.ReadDir("/proc/self/task")
	for _, t := range threads {
		if id, err := strconv.Atoi(t.Name()); err == nil {
			unix.SchedSetaffinity(id, to) //nolint:errcheck // it only measures less well
		}
	}
}
