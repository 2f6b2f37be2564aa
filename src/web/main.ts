import { ApiError, type Job } from './api.ts';
import { DataRoom } from './data/data-room.ts';
import { h } from './dom.ts';
import { JobsRoom } from './jobs/jobs-room.ts';
import { language, switchLanguage, words } from './language.ts';
import { MapRoom } from './map/map-room.ts';
import { TrainingRoom } from './training/training-room.ts';

/** Milliseconds between two looks at what changes by itself. */
const LOOK_EVERY = 1500;

const message = h('div', { class: 'message', role: 'alert', hidden: true });
let hide: ReturnType<typeof setTimeout> | undefined;

function say(text: string, problem = false): void {
  message.textContent = text;
  message.className = problem ? 'message problem' : 'message';
  message.hidden = false;
  clearTimeout(hide);
  hide = setTimeout(() => {
    message.hidden = true;
  }, 8000);
}

const showRaster = (id: string, job?: Job) => {
  location.hash = 'map';
  void map.open(id, job);
};
const map = new MapRoom(say);
const rooms = {
  map,
  jobs: new JobsRoom(say, showRaster),
  training: new TrainingRoom(showRaster),
  data: new DataRoom(showRaster),
};
type RoomName = keyof typeof rooms;
const names = Object.keys(rooms) as RoomName[];

const links = new Map(names.map((name) => [name, h('a', { href: `#${name}` }, words[name])]));
document.documentElement.lang = language;
document.body.append(
  h(
    'header',
    { class: 'top' },
    h('h1', {}, 'Arpent'),
    h('nav', { 'aria-label': 'Arpent' }, ...links.values()),
    h(
      'button',
      { type: 'button', class: 'language', lang: language === 'en' ? 'fr' : 'en', onclick: switchLanguage },
      words.language,
    ),
  ),
  h('main', {}, ...names.map((name) => rooms[name].element)),
  message,
);

function current(): RoomName {
  const name = location.hash.slice(1) as RoomName;
  return names.includes(name) ? name : 'map';
}

async function enter(): Promise<void> {
  const name = current();
  for (const each of names) {
    rooms[each].element.hidden = each !== name;
    links.get(each)!.toggleAttribute('aria-current', each === name);
  }
  if (name === 'map') map.shown();
  else await rooms[name].load();
}

const report = (error: unknown) => say((error as Error).message, true);
addEventListener('hashchange', () => void enter().catch(report));
setInterval(() => {
  const name = current();
  if (document.hidden || (name !== 'jobs' && name !== 'training')) return;
  rooms[name].load().catch(report);
}, LOOK_EVERY);
// A button whose question was refused says so; whatever else goes wrong is a defect, for the browser's console.
addEventListener('unhandledrejection', (event) => {
  if (!(event.reason instanceof ApiError)) return;
  event.preventDefault();
  report(event.reason);
});
map.load().catch(report);
enter().catch(report);
