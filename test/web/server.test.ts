// What only a real connection shows.
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startServer, type RunningSite } from '../../src/web/server.ts';
import { HOST, testSite, type TestSite } from './support.ts';

let site: TestSite;
let server: RunningSite;
let answered: Promise<number>;
beforeAll(async () => {
  site = await testSite();
  answered = new Promise(resolve => {
    const app = site.app;
    const { fetch } = app;
    app.fetch = async (...args) => {
      const response = await fetch(...args);
      resolve(response.status);
      return response;
    };
  });
  server = await startServer(() => site.app, { host: '127.0.0.1', port: 0 });
});
afterAll(async () => {
  await server.close();
  await site.close();
});

it('a browser that goes away in the middle of a form is no fault of the site', async () => {
  const socket = connect(server.port, '127.0.0.1');
  const head = [
    'POST /theme HTTP/1.1',
    `Host: ${HOST}`,
    `Origin: http://${HOST}`,
    'Content-Type: application/x-www-form-urlencoded',
    'Content-Length: 1000',
  ];
  socket.write(`${head.join('\r\n')}\r\n\r\ntheme=`, () => socket.resetAndDestroy());
  expect(await answered).toBe(400);
  expect(site.logged).toEqual([]);
});
