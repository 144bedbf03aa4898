package pyserver

import (
	_ "embed"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
)

//go:embed serve.py
var serve string

// The emulators that there are, by the package of PyPI that an [Environment] must have for them.
const (
	Moto      = "moto"      // moto[server]
	MiniStack = "ministack" // ministack
)

// A Server is a running emulator.
type Server struct {
	URL  string
	cmd  *exec.Cmd
	hold io.WriteCloser // while it is open the server runs
}

// Start starts an emulator on a free port of the loopback interface. What it has to say goes to log,
// and what it keeps in files to dir. The port is open from the start, and a request waits until the
// server is ready. It runs until Close, or until this program ends, however that ends.
func (e Environment) Start(emulator, dir string, log io.Writer) (*Server, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("pyserver: %w", err)
	}
	defer listener.Close() // the server has its own descriptor
	socket, err := listener.(*net.TCPListener).File()
	if err != nil {
		return nil, fmt.Errorf("pyserver: %w", err)
	}
	defer socket.Close()
	address := listener.Addr().(*net.TCPAddr)
	s := &Server{URL: "http://" + address.String()}
	s.cmd = exec.Command(e.Program("python"), "-c", serve, emulator)
	s.cmd.Dir = dir
	s.cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "TMPDIR=" + dir,
		"MOTO_IAM_LOAD_MANAGED_POLICIES=true",
		"MINISTACK_HOST=127.0.0.1", fmt.Sprint("GATEWAY_PORT=", address.Port),
		"IOT_MTLS_ENABLED=0", // MiniStack would open a second port, a fixed one
	}
	s.cmd.ExtraFiles = []*os.File{socket} // descriptor 3
	s.cmd.Stdout, s.cmd.Stderr = log, log
	if s.hold, err = s.cmd.StdinPipe(); err != nil {
		return nil, fmt.Errorf("pyserver: %w", err)
	}
	if err := s.cmd.Start(); err != nil {
		return nil, fmt.Errorf("pyserver: %w", err)
	}
	return s, nil
}

// Close ends the server and all that it started.
func (s *Server) Close() {
	s.hold.Close()
	s.cmd.Wait() // it is killed, which is no news
}
