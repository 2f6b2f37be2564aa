import { expect, test } from 'vitest';
import { encoderNames, modelNames } from '../../src/models/index.ts';
import { differences } from '../export/support/agreement.ts';

/**
 * Every network that `arpent models` lists can be exported, and agrees with libtorch. All of them take many hours
 * (`ARPENT_MODELS=.`); a part can be chosen by a pattern of names (`ARPENT_MODELS='^resnet.*_unet$' npx vitest run --config
 * vitest.slow.config.ts test/slow/export-zoo.test.ts`). Without a pattern every decoder over one encoder, one encoder of every
 * family and every kind of published network has its turn.
 */
const pattern = process.env.ARPENT_MODELS;

const smallest =
  /^(nvidia\/mit-b0|openmmlab\/upernet-(swin|convnext)-tiny|facebook\/mask2former-swin-tiny-ade-semantic)$/;

/** What encoders of one family begin with. */
const family = (encoder: string) => encoder.replace(/^(tu-|timm-)/, '').split(/[-_\d]/)[0]!;

const firstOfFamily = new Set(
  encoderNames()
    .filter((name, i, all) => all.findIndex((other) => family(other) === family(name)) === i)
    .map((encoder) => `${encoder}_unet`),
);

function isRepresentative(name: string): boolean {
  return (
    /^resnet18_|^(upernet|mask2former)_.*_(t|tiny)$/.test(name) ||
    smallest.test(name) ||
    firstOfFamily.has(name)
  );
}

const names = modelNames().filter((name) =>
  pattern ? new RegExp(pattern).test(name) : isRepresentative(name),
);

test.each(names)('%s exports and agrees with libtorch', async (name) => {
  const found = await differences(name);
  for (const batch of [1, 4]) {
    const [full, half] = [found[`fp32 ${batch}`]!, found[`fp16 ${batch}`]!];
    expect(full.relative).toBeLessThanOrEqual(1e-4);
    expect(full.agreement).toBeGreaterThanOrEqual(0.999);
    expect(half.relative).toBeLessThanOrEqual(1e-2);
    expect(half.agreement).toBeGreaterThanOrEqual(0.995);
  }
});
