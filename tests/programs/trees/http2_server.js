// An HTTP/2 server without encryption: http2_server.js PORT. It gives back what it gets, or as many lines as the path says.
'use strict';
const http2 = require('http2');

const server = http2.createServer();
server.on('stream', (stream, headers) => {
  stream.respond({ ':status': 200, 'content-type': 'text/plain' });
  const lines = Number(headers[':path'].slice(1));
  if (headers[':method'] === 'POST') {
    stream.pipe(stream);
  } else {
    for (let i = 1; i <= lines; i++) stream.write(`${i}\n`);
    stream.end();
  }
});
server.listen(Number(process.argv[2]), '127.0.0.1');
