// worker threads, child processes (spawn, exec, fork with messages) and a cluster that serves HTTP to
// a client inside. Called with DIRECTORY GO PORT.
'use strict';
const childProcess = require('child_process');
const cluster = require('cluster');
const crypto = require('crypto');
const fs = require('fs');
const http = require('http');
const util = require('util');
const { Worker, isMainThread, parentPort } = require('worker_threads');

const pause = time => new Promise(resolve => setTimeout(resolve, time));

if (!isMainThread) {
    parentPort.on('message', n => parentPort.postMessage(n * n));
} else if (cluster.isWorker) {
    http.createServer((request, response) => response.end(`answer to ${request.url}`.repeat(50)))
        .listen(Number(process.argv[4]), '127.0.0.1');
} else if (process.argv[2] === 'child') {
    process.on('message', async message => {
        await pause(5);
        process.send({ twice: message.value * 2 });
    });
} else {
    main().catch(error => { console.error(error); process.exit(1); });
}

function answer(emitter, message, send) {
    return new Promise((resolve, reject) => {
        emitter.once('message', resolve);
        emitter.once('exit', code => reject(new Error(`exit ${code}`)));
        send(message);
    });
}

function get(agent, port, path) {
    return new Promise((resolve, reject) => {
        http.get({ agent, port, path, host: '127.0.0.1' }, response => {
            let text = '';
            response.on('data', part => { text += part; });
            response.on('end', () => resolve(text));
        }).on('error', reject);
    });
}

async function spawnCat(lines) {
    const child = childProcess.spawn('cat');
    const hash = crypto.createHash('md5');
    child.stdout.on('data', part => hash.update(part));
    const ended = new Promise(resolve => child.on('close', resolve));
    for (let i = 0; i < lines; i++) {
        child.stdin.write(`line ${i}\n`);
        await pause(2);
    }
    child.stdin.end();
    return `${await ended} ${hash.digest('hex').slice(0, 8)}`;
}

async function main() {
    const [directory, go, port] = process.argv.slice(2);
    fs.mkdirSync(directory, { recursive: true });
    process.chdir(directory);
    const exec = util.promisify(childProcess.exec);
    const workers = [new Worker(__filename), new Worker(__filename)];
    const children = [1, 2].map(() => childProcess.fork(__filename, ['child']));
    const agent = new http.Agent({ keepAlive: true, maxSockets: 4 });
    const listening = new Promise(resolve => {
        let count = 0;
        cluster.on('listening', () => { if (++count === 2) resolve(); });
    });
    cluster.fork();
    cluster.fork();
    await listening;

    do {
        let squares = 0, doubles = 0, answers = 0;
        const cat = spawnCat(100);
        for (let i = 0; i < 60; i++) {
            squares += await answer(workers[i % 2], i, n => workers[i % 2].postMessage(n));
            doubles += (await answer(children[i % 2], { value: i }, m => children[i % 2].send(m))).twice;
            for (const emitter of [...workers, ...children])
                emitter.removeAllListeners('exit');
            const paths = [1, 2, 3, 4].map(n => `/${i}-${n}`);
            const texts = await Promise.all(paths.map(path => get(agent, port, path)));
            answers += texts.filter((text, n) => text === `answer to ${paths[n]}`.repeat(50)).length;
        }
        const { stdout } = await exec('seq 1000 | md5sum; sleep 0.1');
        console.log(`squares ${squares} doubles ${doubles} answers ${answers}`);
        console.log(`cat ${await cat} exec ${stdout.slice(0, 8)}`);
    } while (!fs.existsSync(go));

    const codes = Promise.all(Object.values(cluster.workers).map(worker =>
        new Promise(resolve => worker.on('exit', (code, signal) => resolve(`${code} ${signal}`)))));
    agent.destroy();
    for (const worker of Object.values(cluster.workers))
        worker.process.kill('SIGTERM');
    console.log(`cluster ${await codes}`);
    for (const child of children)
        child.disconnect();
    await Promise.all(workers.map(worker => worker.terminate()));
    console.log('done');
}
