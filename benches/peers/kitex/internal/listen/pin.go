package listen

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Pin binds every thread of this process to the given comma-separated CPUs and lets Go run on as many threads.
// Threads started later inherit the binding from the thread that starts them.
func Pin(list string) error {
	if list == "" {
		return nil
	}
	var set unix.CPUSet
	for _, word := range strings.Split(list, ",") {
		cpu, err := strconv.Atoi(word)
		if err != nil {
			return fmt.Errorf("--pin wants CPU numbers such as 0,1, got %q", list)
		}
		set.Set(cpu)
	}
	tasks, err := os.ReadDir("/proc/self/task")
	if err != nil {
		return err
	}
	for _, task := range tasks {
		thread, err := strconv.Atoi(task.Name())
		if err != nil {
			return err
		}
		if err := unix.SchedSetaffinity(thread, &set); err != nil {
			return fmt.Errorf("cannot bind thread %d to CPUs %s: %w", thread, list, err)
		}
	}
	runtime.GOMAXPROCS(set.Count())
	return nil
}
