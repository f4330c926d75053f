---@meta socket
-- luacheck: ignore 212 241

---TCP, UDP, waiting, exceptions, sources and sinks.
---@class socket
---@field _VERSION string The version whose interface this is: "LuaSocket 3.1.0".
---@field _DEBUG true? True in debug mode, in which `send` and `receive` also give the seconds they took.
---@field _SETSIZE integer `select` takes descriptors below this number.
---@field _SOCKETINVALID integer What `getfd` gives for an object without a descriptor: -1.
---@field _DATAGRAMSIZE integer Bytes of a datagram that are kept by default: 8192.
---@field BLOCKSIZE integer Bytes that a source asks for at a time: 2048.
---@field dns socket.dns
---@field sinkt table<string, fun(sock: socket.stream): socket.sink> What `sink` chooses from.
---@field sourcet table<string, fun(sock: socket.stream, length: number?): socket.source> As `sinkt`.
local socket = {}

---Anything that `select` takes: sockets, sources and sinks of sockets, tables with this method.
---@class socket.selectable
---@field getfd fun(self: any): number
---@field dirty? fun(self: any): boolean

---@alias socket.stream socket.tcp|socket.unix.stream|socket.serial.device|table
---@alias socket.sink socket.selectable|fun(chunk: string?, message: string?): any, string?
---@alias socket.source socket.selectable|fun(): string?, string?
---@alias socket.family "inet"|"inet6"|"unspec"
---@alias socket.pattern "*l"|"*a"|"*b"|number|string
---@alias socket.dns.type "A"|"AAAA"|"CAA"|"CNAME"|"MX"|"NS"|"PTR"|"SOA"|"SRV"|"TXT"
---@alias socket.dns.info { name: string, alias: string[], ip: string[] }

---Makes a socket that listens.
---@param host string A name or an address; "*" is every IPv4 address.
---@param port number|string 0 lets the system choose.
---@param backlog? number How many connections may wait to be accepted (32).
---@param options? { reuseport: boolean? } Several sockets listen at the port and share its connections.
---@return socket.tcp? server
---@return string? message
function socket.bind(host, port, backlog, options) end

---Connects to a TCP server.
---@param host string
---@param port number|string
---@param local_host? string The address to connect from.
---@param local_port? number|string
---@param family? socket.family Which addresses are tried.
---@return socket.tcp? client
---@return string? message
function socket.connect(host, port, local_host, local_port, family) end

---Connects to a TCP server over IPv4.
---@param host string
---@param port number|string
---@param local_host? string
---@param local_port? number|string
---@return socket.tcp? client
---@return string? message
function socket.connect4(host, port, local_host, local_port) end

---Connects to a TCP server over IPv6.
---@param host string
---@param port number|string
---@param local_host? string
---@param local_port? number|string
---@return socket.tcp? client
---@return string? message
function socket.connect6(host, port, local_host, local_port) end

---Makes a TCP object without a descriptor.
---@return socket.tcp master
function socket.tcp() end

---Makes a TCP object for IPv4.
---@return socket.tcp? master
---@return string? message
function socket.tcp4() end

---Makes a TCP object for IPv6.
---@return socket.tcp? master
---@return string? message
function socket.tcp6() end

---Makes a UDP object without a descriptor.
---@return socket.udp unconnected
function socket.udp() end

---Makes a UDP object for IPv4.
---@return socket.udp? unconnected
---@return string? message
function socket.udp4() end

---Makes a UDP object for IPv6.
---@return socket.udp? unconnected
---@return string? message
function socket.udp6() end

---Waits until one of several sockets can be read or written.
---@param receivers? socket.selectable[]
---@param senders? socket.selectable[]
---@param timeout? number Seconds; nil waits for ever, 0 does not wait.
---@return table readable A list, with the place of each object in it as well.
---@return table writable
---@return "timeout"? message
function socket.select(receivers, senders, timeout) end

---Waits so many seconds.
---@param seconds number
function socket.sleep(seconds) end

---The time of day: seconds since the beginning of 1970, with a fraction.
---@return number seconds
function socket.gettime() end

---Makes a function that gives its arguments back, or calls the finalizer and raises an exception.
---@param finalizer? fun()
---@return fun(...): ...
function socket.newtry(finalizer) end

---Makes a function that calls f, in which an exception of `try` becomes nil, message.
---@param f function
---@return fun(...): ...
function socket.protect(f) end

---Gives its arguments back, or raises the second one as an exception when the first is nil or false.
---@param ... any
---@return any ...
function socket.try(...) end

---Gives its arguments without the first `count`.
---@param count number
---@param ... any
---@return any ...
function socket.skip(count, ...) end

---Makes a sink that sends what it gets.
---@param mode "keep-open"|"close-when-done"|"http-chunked"|string
---@param sock socket.stream
---@return socket.sink
---@overload fun(sock: socket.stream): socket.sink
function socket.sink(mode, sock) end

---Makes a source that gives what the socket receives.
---@param mode "until-closed"|"by-length"|"http-chunked"|string
---@param sock socket.stream
---@param length? number Bytes, for "by-length".
---@return socket.source
---@overload fun(sock: socket.stream): socket.source
function socket.source(mode, sock, length) end

---Makes a function (name, ...) that calls makers[name](...).
---@param makers table<string, function>
---@return function
function socket.choose(makers) end

---Does nothing on POSIX systems.
function socket.__unload() end

---@class socket.dns
---@field backend "c-ares"|"system" Who is asked: name servers, or the C library.
local dns = {}

---A record; its fields depend on the type.
---@class socket.dns.record
---@field name string Whose record it is.
---@field type socket.dns.type
---@field ttl integer Seconds.
---@field address? string A, AAAA
---@field target? string NS, CNAME, PTR, SRV
---@field preference? integer MX
---@field exchange? string MX
---@field priority? integer SRV
---@field weight? integer SRV
---@field port? integer SRV
---@field text? string TXT
---@field strings? string[] TXT
---@field mname? string SOA
---@field rname? string SOA
---@field serial? integer SOA
---@field refresh? integer SOA
---@field retry? integer SOA
---@field expire? integer SOA
---@field minimum? integer SOA
---@field flags? integer CAA
---@field tag? string CAA
---@field value? string CAA

---Looks up the IPv4 address of a name.
---@param name string
---@return string? address
---@return socket.dns.info|string info_or_message
function dns.toip(name) end

---Looks up the canonic name of an IPv4 address, or of another name.
---@param address string
---@return string? name
---@return socket.dns.info|string info_or_message
function dns.tohostname(address) end

---The name of this machine.
---@return string? name
---@return string? message
function dns.gethostname() end

---Looks up all addresses of a name.
---@param name string
---@return { family: "inet"|"inet6", addr: string }[]? addresses
---@return string? message
function dns.getaddrinfo(name) end

---Turns addresses and port numbers into names.
---@param host? string
---@param service? string|number
---@return string[]? names
---@return string? service_or_message
function dns.getnameinfo(host, service) end

---Asks name servers for the records of one type.
---@param name string
---@param type socket.dns.type
---@return socket.dns.record[]? records
---@return string? message
function dns.query(name, type) end

---Forgets all answers that were remembered.
---@return number one
function dns.flush() end

---A TCP object in the state master, client or server.
---@class socket.tcp
---@field class "tcp{master}"|"tcp{client}"|"tcp{server}"
local tcp = {}

---Takes the next connection (server).
---@return socket.tcp? client
---@return string? message
function tcp:accept() end

---Gives the socket its local address (master).
---@param host string
---@param port number|string
---@return number? one
---@return string? message
function tcp:bind(host, port) end

---Another name of `bind`.
---@param host string
---@param port number|string
---@return number? one
---@return string? message
function tcp:setsockname(host, port) end

---Makes a server of a master.
---@param backlog? number
---@return number? one
---@return string? message
function tcp:listen(backlog) end

---Connects to a server.
---@param host string
---@param port number|string
---@return number? one
---@return string? message
function tcp:connect(host, port) end

---Another name of `connect`.
---@param host string
---@param port number|string
---@return number? one
---@return string? message
function tcp:setpeername(host, port) end

---Sends a string, or the strings of a list as if they were one (client).
---@param data string|number|(string|number)[]
---@param first? number
---@param last? number
---@return number? position Of the last byte sent.
---@return string? message
---@return number? position After a failure: go on behind it.
function tcp:send(data, first, last) end

---Receives a line, a number of bytes, everything, or what is there (client).
---@param pattern? socket.pattern
---@param prefix? string|number What an earlier call gave; with "*b" the most bytes to take.
---@return string? data
---@return string? message
---@return string? partial
function tcp:receive(pattern, prefix) end

---Sends a file, or a part of it (client).
---@param file string|file*|number
---@param offset? number
---@param length? number
---@return number? offset Where in the file it came to.
---@return string? message
---@return number? offset After a failure: go on from there.
function tcp:sendfile(file, offset, length) end

---Ends one direction of a connection, or both (client).
---@param how? "both"|"send"|"receive"
---@return number one
function tcp:shutdown(how) end

---Closes the socket.
---@return number one
function tcp:close() end

---The local address.
---@return string? address
---@return integer|string port_or_message
---@return socket.family? family
function tcp:getsockname() end

---The address of the other side.
---@return string? address
---@return integer|string port_or_message
---@return socket.family? family
function tcp:getpeername() end

---The family of addresses.
---@return "inet4"|"inet6"
function tcp:getfamily() end

---Bounds how long calls may wait.
---@param seconds? number nil or negative: no limit.
---@param mode? "b"|"t"|string The waits of one call ("b"), or the call ("t").
---@return number one
function tcp:settimeout(seconds, mode) end

---The timeouts in seconds; -1 is none.
---@return number block
---@return number total
function tcp:gettimeout() end

---@alias socket.tcp.option
---| "keepalive" | "reuseaddr" | "reuseport" | "tcp-nodelay" | "linger" | "error"
---| "tcp-keepidle" | "tcp-keepcnt" | "tcp-keepintvl" | "tcp-defer-accept" | "tcp-fastopen"
---| "tcp-fastopen-connect" | "recv-buffer-size" | "send-buffer-size" | "bindtodevice" | "ipv6-v6only"

---Sets an option.
---@param name socket.tcp.option
---@param value? any
---@return number? one
---@return string? message
function tcp:setoption(name, value) end

---Reads an option.
---@param name socket.tcp.option
---@return any value
---@return string? message
function tcp:getoption(name) end

---Bytes received, bytes sent, age in seconds (client).
---@return number received
---@return number sent
---@return number age
function tcp:getstats() end

---Sets what `getstats` counts on from (client).
---@param received? number
---@param sent? number
---@param age? number
---@return number one
function tcp:setstats(received, sent, age) end

---Whether the buffer holds bytes that were not read yet.
---@return boolean
function tcp:dirty() end

---The number of the descriptor; -1 if there is none.
---@return number
function tcp:getfd() end

---Gives the object another descriptor; does not close the old one.
---@param fd number
function tcp:setfd(fd) end

---A UDP object in the state unconnected or connected.
---@class socket.udp
---@field class "udp{unconnected}"|"udp{connected}"
local udp = {}

---Sends a datagram to a numeric address (unconnected).
---@param datagram string|number
---@param address string
---@param port number|string
---@return number? bytes
---@return string? message
function udp:sendto(datagram, address, port) end

---Sends a datagram to the peer (connected).
---@param datagram string|number
---@return number? bytes
---@return string? message
function udp:send(datagram) end

---Receives a datagram.
---@param size? number Bytes of it that are kept (8192).
---@return string? datagram
---@return string? message
function udp:receive(size) end

---Receives a datagram and tells where it comes from (unconnected).
---@param size? number
---@return string? datagram
---@return string address_or_message
---@return integer? port
function udp:receivefrom(size) end

---Receives at least one and at most `count` datagrams.
---@param count number
---@param size? number
---@return string[]? datagrams
---@return string[]|string|nil addresses_or_message
---@return integer[]? ports
function udp:receivemany(count, size) end

---Sends several datagrams; addresses and ports unless the object has a peer.
---@param datagrams (string|number)[]
---@param addresses? string|string[]
---@param ports? number|string|(number|string)[]
---@return number? count
---@return string? message
---@return number? count After a failure.
function udp:sendmany(datagrams, addresses, ports) end

---Gives the socket its local address (unconnected).
---@param address string
---@param port number|string
---@return number? one
---@return string? message
function udp:setsockname(address, port) end

---Gives the object a peer; "*" takes it away.
---@param address string
---@param port? number|string
---@return number? one
---@return string? message
function udp:setpeername(address, port) end

---The local address.
---@return string? address
---@return integer|string port_or_message
---@return socket.family? family
function udp:getsockname() end

---The address of the peer (connected).
---@return string? address
---@return integer|string port_or_message
---@return socket.family? family
function udp:getpeername() end

---@alias socket.udp.option
---| "broadcast" | "dontroute" | "reuseaddr" | "reuseport" | "error" | "recv-buffer-size" | "send-buffer-size"
---| "ip-add-membership" | "ip-drop-membership" | "ip-multicast-if" | "ip-multicast-loop" | "ip-multicast-ttl"
---| "ipv6-v6only" | "ipv6-add-membership" | "ipv6-drop-membership"
---| "ipv6-multicast-loop" | "ipv6-multicast-hops" | "ipv6-unicast-hops"

---Sets an option.
---@param name socket.udp.option
---@param value? any
---@return number? one
---@return string? message
function udp:setoption(name, value) end

---Reads an option.
---@param name socket.udp.option
---@return any value
---@return string? message
function udp:getoption(name) end

---Bounds how long calls may wait.
---@param seconds? number
---@param mode? "b"|"t"|string
---@return number one
function udp:settimeout(seconds, mode) end

---The timeouts in seconds; -1 is none.
---@return number block
---@return number total
function udp:gettimeout() end

---The family of addresses.
---@return "inet4"|"inet6"
function udp:getfamily() end

---False: there is no buffer.
---@return boolean
function udp:dirty() end

---The number of the descriptor; -1 if there is none.
---@return number
function udp:getfd() end

---Gives the object another descriptor; does not close the old one.
---@param fd number
function udp:setfd(fd) end

---Closes the socket.
---@return number one
function udp:close() end

return socket
