import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { RendezvousError } from './errors.ts';
import type { Link } from './link.ts';

const NONCE = 32;
const PROOF = 32;

/** A proof of knowing the token that is good for this connection alone. */
function proof(token: string, side: 'caller' | 'called', caller: Uint8Array, called: Uint8Array): Buffer {
  return createHmac('sha256', token).update(side).update(caller).update(called).digest();
}

function verify(expected: Buffer, found: Uint8Array, peer: string): void {
  if (timingSafeEqual(expected, found)) return;
  throw new RendezvousError(`${peer} does not know this training's token`, {
    remedy: 'give every machine the same ARPENT_JOB_TOKEN, and every training a port of its own',
  });
}

/** Proves to whoever was called that we belong to the training, and has it do the same. The token is not sent. */
export async function greet(link: Link, token: string): Promise<void> {
  const mine = randomBytes(NONCE);
  await link.send(mine);
  const answer = new Uint8Array(NONCE + PROOF);
  await link.receiveInto(answer);
  const theirs = answer.subarray(0, NONCE);
  verify(proof(token, 'called', mine, theirs), answer.subarray(NONCE), link.peer);
  await link.send(proof(token, 'caller', mine, theirs));
}

/** The other side of {@link greet}. @throws RendezvousError for a stranger */
export async function answer(link: Link, token: string): Promise<void> {
  const theirs = new Uint8Array(NONCE);
  await link.receiveInto(theirs);
  const mine = randomBytes(NONCE);
  await link.send(Buffer.concat([mine, proof(token, 'called', theirs, mine)]));
  const found = new Uint8Array(PROOF);
  await link.receiveInto(found);
  verify(proof(token, 'caller', theirs, mine), found, link.peer);
}
