import type { PretrainRunEvent, PretrainRunResult } from '../training/index.ts';
import type { Console } from './console.ts';
import { formatDuration, formatRate } from './progress-text.ts';

/** Tells on a console what happens in a pre-training. */
export class PretrainView {
  private readonly console: Console;
  private readonly epochs: number;

  constructor(console: Console, epochs: number) {
    this.console = console;
    this.epochs = epochs;
  }

  /** Handles one event. */
  handle(event: PretrainRunEvent): void {
    const { console, epochs } = this;
    switch (event.kind) {
      case 'images':
        console.say(`Pre-training: ${event.count} images`);
        console.emit('images', { count: event.count });
        break;
      case 'start':
        console.say(
          `${event.report.loaded.length + event.report.adapted.length} tensors start from given weights`,
        );
        if (event.report.missing.length > 0) {
          console.say(`  ${event.report.missing.length} start from random numbers`);
        }
        console.emit('start', { loaded: event.report.loaded.length, missing: event.report.missing });
        break;
      case 'step':
        console.progress({
          label: `epoch ${event.epoch + 1}/${epochs}`,
          done: event.step,
          total: event.steps,
          unit: 'steps',
          facts: [`loss ${event.loss.toFixed(4)}`, `${formatRate(event.imagesPerSecond)} images/s`],
        });
        break;
      case 'epoch': {
        const { train_loss: loss, learning_rate: rate } = event.log;
        const place = `epoch ${String(event.epoch + 1).padStart(String(epochs).length)}/${epochs}`;
        const facts = [
          `loss ${loss!.toFixed(4)}`,
          `lr ${rate!.toPrecision(2)}`,
          formatDuration(event.seconds),
        ];
        console.say(`${place}  ${facts.join(' · ')}`);
        console.emit('epoch', { epoch: event.epoch + 1, epochs, seconds: event.seconds, ...event.log });
        break;
      }
      case 'bad':
        console.warn(
          `${event.patches.length} images were left out:\n${event.patches
            .slice(0, 10)
            .map(({ error }) => `  ${error.message.split('\n')[0]}`)
            .join('\n')}`,
        );
        break;
      case 'stopped':
        console.emit('stopped', { epoch: event.epoch + 1, reason: event.reason });
        break;
      case 'checkpoint':
        break;
    }
  }

  /** What is there in the end, and how to use it. */
  end({ stopped, encoder, figure }: PretrainRunResult, output: string): void {
    const { console } = this;
    if (stopped === 'interrupted') {
      process.exitCode = 130;
      console.warn(
        `stopped; everything is saved in ${output}\ncontinue exactly there with the same command and --resume`,
      );
      return;
    }
    console.result(`written ${encoder}`);
    console.say(
      `written ${figure}\nin arpent.yaml: model.encoder_weights: ${encoder}\n` +
        '(model.weights for networks of Hugging Face and mmsegmentation)',
    );
    console.emit('done', { encoder, figure });
  }
}
