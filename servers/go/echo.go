// A goroutine a connection, Read and Write.
package main

import (
	"fmt"
	"net"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"
)

func echo(connection net.Conn, bufferBytes int) {
	defer connection.Close()
	buffer := make([]byte, bufferBytes)
	for {
		received, err := connection.Read(buffer)
		if err != nil { // the end, or the peer is gone
			return
		}
		if _, err = connection.Write(buffer[:received]); err != nil {
			return
		}
	}
}

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintf(os.Stderr, "usage: %s HOST PORT BUFFER_BYTES\n", os.Args[0])
		os.Exit(2)
	}
	bufferBytes, err := strconv.Atoi(os.Args[3])
	if err != nil || bufferBytes <= 0 {
		fmt.Fprintf(os.Stderr, "BUFFER_BYTES is no number above zero: %s\n", os.Args[3])
		os.Exit(2)
	}
	terminated := make(chan os.Signal, 1)
	signal.Notify(terminated, syscall.SIGTERM)
	go func() {
		<-terminated
		os.Exit(0)
	}()

	// TCP_NODELAY is on, and the limit of descriptors raised, by default.
	listener, err := net.Listen("tcp", net.JoinHostPort(os.Args[1], os.Args[2]))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	for {
		connection, err := listener.Accept()
		if err != nil { // no descriptor is left
			time.Sleep(50 * time.Millisecond)
			continue
		}
		go echo(connection, bufferBytes)
	}
}
