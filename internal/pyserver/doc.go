// Package pyserver runs AWS emulators that are written in Python, for the tests of nested modules: it
// installs them from PyPI into a virtual environment, starts them on free ports of the loopback
// interface, and ends them with all that they started.
//
// It needs Linux or macOS and Python 3.10 or newer with its venv module.
package pyserver
