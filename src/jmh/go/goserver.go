// The comparison's server on Go's net package: a goroutine for each connection.
// Arguments: port, read timeout in milliseconds (0: none), port of the backend.
// The paths are those of io.heddle.compare.Answers.
package main

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"time"
)

const bulk = 1 << 30
const chunkBytes = 64 * 1024

var plain = answer("", 2)
var withClose = answer("Connection: close\r\n", 2)
var kib = answer("", 1024)
var kib64 = answer("", 64*1024)
var request = []byte("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
var timeout time.Duration
var backendAddress string

func answer(headers string, body int) []byte {
	text := bytes.Repeat([]byte("x"), body)
	if body == 2 {
		text = []byte("ok")
	}
	return append([]byte(fmt.Sprintf("HTTP/1.1 200 OK\r\n%sContent-Length: %d\r\n\r\n", headers, body)), text...)
}

func read(c net.Conn, b []byte) (int, error) {
	if timeout > 0 {
		c.SetReadDeadline(time.Now().Add(timeout))
	}
	return c.Read(b)
}

func upload(c net.Conn, first []byte) error {
	body := bytes.Index(first, []byte("\r\n\r\n")) + 4
	name := []byte("Content-Length: ")
	length := first[bytes.Index(first, name)+len(name):]
	left, err := strconv.Atoi(string(length[:bytes.IndexByte(length, '\r')]))
	left -= len(first) - body
	chunk := make([]byte, chunkBytes)
	for left > 0 && err == nil {
		var n int
		n, err = read(c, chunk)
		left -= n
	}
	if err == nil {
		_, err = c.Write(plain)
	}
	return err
}

func download(c net.Conn) error {
	_, err := fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", bulk)
	chunk := bytes.Repeat([]byte("x"), chunkBytes)
	for left := bulk; left > 0 && err == nil; left -= chunkBytes {
		_, err = c.Write(chunk)
	}
	return err
}

func forward(c net.Conn, backend net.Conn, buffer []byte) error {
	if _, err := backend.Write(request); err != nil {
		return err
	}
	for got := 0; got < len(plain); {
		n, err := read(backend, buffer)
		if err != nil {
			return err
		}
		if _, err := c.Write(buffer[:n]); err != nil {
			return err
		}
		got += n
	}
	return nil
}

func stall() {
	for start := time.Now(); time.Since(start) < time.Second; {
	}
}

func serve(c net.Conn) {
	defer c.Close()
	var backend net.Conn
	buffer := make([]byte, 1024)
	for {
		n, err := read(c, buffer)
		if err != nil {
			return
		}
		switch buffer[5] {
		case ' ':
			_, err = c.Write(plain)
		case '1':
			_, err = c.Write(kib)
		case '6':
			_, err = c.Write(kib64)
		case 'c':
			c.Write(withClose)
			return
		case 'd':
			err = download(c)
		case 'u':
			err = upload(c, buffer[:n])
		case 's':
			stall()
			_, err = c.Write(plain)
		case 'p':
			if backend == nil {
				if backend, err = net.Dial("tcp", backendAddress); err != nil {
					fmt.Fprintln(os.Stderr, err)
					return
				}
				defer backend.Close()
			}
			err = forward(c, backend, buffer)
		default:
			return
		}
		if err != nil && err != io.EOF {
			fmt.Fprintln(os.Stderr, err)
			return
		}
	}
}

func main() {
	millis, _ := strconv.Atoi(os.Args[2])
	timeout = time.Duration(millis) * time.Millisecond
	backendAddress = "127.0.0.1:" + os.Args[3]
	listener, err := net.Listen("tcp", "127.0.0.1:"+os.Args[1])
	for err == nil {
		var c net.Conn
		if c, err = listener.Accept(); err == nil {
			go serve(c)
		}
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
