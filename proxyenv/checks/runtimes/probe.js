// One TLS handshake for each line of standard input: port, host and file of anchors, separated by tabs.
'use strict';
const fs = require('fs');
const tls = require('tls');

function probe(line) {
  const [port, servername, file] = line.split('\t');
  return new Promise((resolve) => {
    let socket;
    const end = (answer) => {
      resolve(answer.replace(/[\r\n]+/g, ' '));
      if (socket) socket.destroy();
    };
    try {
      const options = { host: '127.0.0.1', port: Number(port), servername, ca: fs.readFileSync(file) };
      socket = tls.connect(options, () => end('ok'));
      socket.setTimeout(10000, () => end('unknown\tno answer in time'));
      socket.on('error', (error) => end(`fail\t${error.code || 'ERROR'}: ${error.message}`));
    } catch (error) {
      end(`fail\t${error.code || 'ERROR'}: ${error.message}`);
    }
  });
}

(async () => {
  for (const line of fs.readFileSync(0, 'utf8').split('\n').filter(Boolean)) {
    console.log(await probe(line));
  }
})();
