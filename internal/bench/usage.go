package main

import (
	"fmt"
	"runtime"
	"syscall"
	"time"
)

// cpuTime returns the time for which the process has used processors, its garbage collection
// included: what a neighbour on the machine does not lengthen.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(fmt.Sprintf("bench: %v", err))
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// liveHeap returns the bytes of the heap that something refers to.
func liveHeap() int64 {
	runtime.GC()
	runtime.GC() // what the first one finds to have finalizers
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
