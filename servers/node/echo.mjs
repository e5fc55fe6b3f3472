// A socket piped to itself: one event loop (libuv) of callbacks. How much a read takes is the
// runtime's choice, 64 KiB; BUFFER_BYTES is how much may wait to be written.
import net from 'node:net';
import process from 'node:process';

const [host, port, bufferBytes] = process.argv.slice(2);
if (!(bufferBytes > 0)) {
  console.error('usage: echo.mjs HOST PORT BUFFER_BYTES');
  process.exit(2);
}
process.on('SIGTERM', () => process.exit(0));

const options = { noDelay: true, highWaterMark: Number(bufferBytes) };
const server = net.createServer(options, (connection) => {
  connection.on('error', () => {}); // the peer is gone, and the socket destroyed
  connection.pipe(connection);
});
server.on('error', (error) => {
  console.error(error.message);
  process.exit(1);
});
server.listen({ host, port: Number(port), backlog: 4096 }, () => console.log(server.address().port));
