package deploytest

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"syscall"
)

//go:embed serve.py
var serve string

// An emulator is a running server that answers as AWS does.
type emulator struct {
	URL  string
	cmd  *exec.Cmd
	hold io.WriteCloser // while it is open the server runs
}

// The emulators that there are.
const (
	miniStack = "ministack"
	moto      = "moto"
)

// startEmulator starts an emulator on a free port of the loopback interface. What it has to say goes
// to log, and what it keeps in files to dir. The port is open from the start, and a request waits until
// the server is ready.
func startEmulator(python, name, dir string, log io.Writer) (*emulator, error) {
	listener, err := (&net.ListenConfig{Control: answerAtOnce}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	defer listener.Close() // the server has its own descriptor
	socket, err := listener.(*net.TCPListener).File()
	if err != nil {
		return nil, err
	}
	defer socket.Close()
	address := listener.Addr().(*net.TCPAddr)
	e := &emulator{URL: "http://" + address.String()}
	e.cmd = exec.Command(python, "-c", serve, name)
	e.cmd.Dir = dir
	e.cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "TMPDIR=" + dir, "MINISTACK_HOST=127.0.0.1",
		"AUTH=true",          // MiniStack holds the function to the permissions of its role
		"IOT_MTLS_ENABLED=0", // it would open a second port, a fixed one
		fmt.Sprint("GATEWAY_PORT=", address.Port), "AWS_ENDPOINT_URL=" + e.URL, // for what runs inside
	}
	e.cmd.ExtraFiles = []*os.File{socket} // descriptor 3
	e.cmd.Stdout, e.cmd.Stderr = log, log
	if e.hold, err = e.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	if err := e.cmd.Start(); err != nil {
		return nil, err
	}
	return e, nil
}

// answerAtOnce makes a listener's connections send what they have. The servers send the head and the
// body of an answer one by one, and the body would wait 40 ms for the client to confirm the head.
func answerAtOnce(_, _ string, socket syscall.RawConn) error {
	var failed error
	err := socket.Control(func(fd uintptr) {
		failed = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, syscall.TCP_NODELAY, 1)
	})
	return errors.Join(err, failed)
}

// Close ends the server and all that it started.
func (e *emulator) Close() {
	e.hold.Close()
	e.cmd.Wait() // it is killed, which is no news
}
