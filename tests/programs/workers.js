// The event loop with timers, the thread pool (zlib, crypto, files) and a worker thread with shared memory.
'use strict';
const crypto = require('crypto');
const fs = require('fs');
const util = require('util');
const zlib = require('zlib');
const { Worker, isMainThread, workerData, parentPort } = require('worker_threads');

if (!isMainThread) {
    const shared = new Int32Array(workerData);
    const memory = new Map();
    parentPort.on('message', step => {
        let value = step;
        for (let i = 0; i < 20000; i++)
            value = (Math.imul(value, 1103515245) + 12345) | 0;
        memory.set(step % 100, `entry ${value}`.repeat(20));
        Atomics.add(shared, 0, 1);
        parentPort.postMessage(value);
    });
} else {
    main();
}

async function main() {
    const [output, go, limitText] = process.argv.slice(2);
    const limit = limitText === undefined ? -1 : Number(limitText);
    const buffer = new SharedArrayBuffer(4);
    const worker = new Worker(__filename, { workerData: buffer });
    const ask = step => new Promise(resolve => {
        worker.once('message', resolve);
        worker.postMessage(step);
    });
    const deflate = util.promisify(zlib.deflate);
    const derive = util.promisify(crypto.pbkdf2);
    let ticks = 0;
    const timer = setInterval(() => ticks++, 5);
    const file = fs.openSync(output, 'w');
    let state = 'start';
    let step = 0;
    for (; !fs.existsSync(go) && step !== limit; step++) {
        const [value, key, packed] = await Promise.all([
            ask(step),
            derive(state, 'salt', 50, 16, 'sha256'),
            deflate(Buffer.from(state.repeat(100))),
        ]);
        state = crypto.createHash('md5').update(`${value} ${key.toString('hex')} ${packed.length}`).digest('hex');
        const counted = Atomics.load(new Int32Array(buffer), 0);
        fs.writeSync(file, `step ${step} ${state} ${counted}\n`);
        await new Promise(resolve => setTimeout(resolve, 2));
    }
    fs.writeSync(file, `done ${step}\n`);
    fs.closeSync(file);
    clearInterval(timer);
    await worker.terminate();
}
