const en = {
  map: 'Map',
  jobs: 'Jobs',
  training: 'Training',
  data: 'Data',
  language: 'Français',
  image: 'Image',
  chooseImage: 'Choose an image…',
  openFile: 'Open a file',
  address: 'Address of a COG',
  open: 'Open',
  drop: 'Drop a GeoTIFF here, or choose an image.',
  models: 'Model',
  second: 'Second model',
  blend: 'Several chosen models are blended.',
  none: 'none',
  noModels: 'No models. Start with: arpent serve --models FOLDER',
  where: 'Networks run',
  onServer: 'on the server',
  inBrowser: 'in this browser (ONNX)',
  serverOnly: 'this model runs on the server alone; export it with `arpent export`',
  noOnnx: 'No ONNX files. Make one with: arpent export',
  loading: 'Loading the model…',
  tooLarge: 'This image is too large for a browser; let the server make its map.',
  mapping: 'Mapping…',
  mapped: 'Mapped in',
  mapOf: 'Map of',
  opacity: 'Opacity of the map',
  compareSides: 'Sides',
  left: 'Left',
  right: 'Right',
  swipe: 'Border between both sides',
  prediction: 'Prediction',
  truth: 'Truth',
  secondShort: 'Second',
  legend: 'Areas',
  view: 'In view',
  polygon: 'In the polygon',
  drawPolygon: 'Draw a polygon',
  clearPolygon: 'Remove the polygon',
  class: 'Class',
  pixels: 'pixels',
  counted: 'of it is predicted so far',
  inspector: 'Pixel',
  inspectHint: 'Click the map, or press Enter on it for its centre.',
  values: 'Values',
  makeMap: 'Make the whole map',
  jobAdded: 'The job is in the list of jobs.',
  predicting: 'Predicting…',
  ready: 'Ready',
  uploading: 'Bringing the file…',
  pause: 'Pause',
  resume: 'Resume',
  remove: 'Remove',
  show: 'Show',
  noJobs: 'No jobs yet. Open an image and press “Make the whole map”.',
  waiting: 'waiting',
  running: 'running',
  paused: 'paused',
  done: 'done',
  failed: 'failed',
  stages: 'Stages',
  read: 'read',
  network: 'network',
  blending: 'blend',
  write: 'write',
  tiles: 'Tiles for QGIS',
  noRuns: 'No runs. Start with: arpent serve --runs FOLDER',
  compare: 'Compare with',
  loss: 'Loss',
  miou: 'Mean IoU',
  perClass: 'IoU by class',
  confusion: 'Confusion matrix',
  confusionHint: 'Truth in rows, prediction in columns, share of the row.',
  worstFirst: 'Patches, worst first',
  accuracy: 'accuracy',
  notShown: 'not in a declared folder',
  epoch: 'epoch',
  list: 'List of patches',
  asNumbers: 'values as they are',
  classesOf: 'Classes',
  trainingList: 'training',
  validationList: 'validation',
  ignored: 'ignored',
  column: 'column',
  row: 'row',
  noData: 'No lists. Start with: arpent serve --data FOLDER',
  previous: 'Previous',
  next: 'Next',
  of: 'of',
  shares: 'Shares in the mask',
  mapLabel:
    'Map: arrows move it, plus and minus zoom, Enter asks for the centre. Drawing, the space bar sets a corner at the centre and Enter ends.',
  run: 'Run',
};

/** Words of the page by name. */
export type Words = Readonly<Record<keyof typeof en, string>>;

const fr: Words = {
  map: 'Carte',
  jobs: 'Travaux',
  training: 'Apprentissage',
  data: 'Données',
  language: 'English',
  image: 'Image',
  chooseImage: 'Choisir une image…',
  openFile: 'Ouvrir un fichier',
  address: 'Adresse d’un COG',
  open: 'Ouvrir',
  drop: 'Déposez un GeoTIFF ici, ou choisissez une image.',
  models: 'Modèle',
  second: 'Second modèle',
  blend: 'Plusieurs modèles choisis sont mélangés.',
  none: 'aucun',
  noModels: 'Aucun modèle. Lancez : arpent serve --models DOSSIER',
  where: 'Calcul',
  onServer: 'sur le serveur',
  inBrowser: 'dans ce navigateur (ONNX)',
  serverOnly: 'ce modèle ne tourne que sur le serveur ; exportez-le avec `arpent export`',
  noOnnx: 'Aucun fichier ONNX. Créez-en un avec : arpent export',
  loading: 'Chargement du modèle…',
  tooLarge: 'Cette image est trop grande pour un navigateur ; laissez le serveur la cartographier.',
  mapping: 'Cartographie…',
  mapped: 'Cartographié en',
  mapOf: 'Carte de',
  opacity: 'Opacité de la carte',
  compareSides: 'Côtés',
  left: 'Gauche',
  right: 'Droite',
  swipe: 'Limite entre les deux côtés',
  prediction: 'Prédiction',
  truth: 'Vérité',
  secondShort: 'Second',
  legend: 'Surfaces',
  view: 'Dans la vue',
  polygon: 'Dans le polygone',
  drawPolygon: 'Tracer un polygone',
  clearPolygon: 'Effacer le polygone',
  class: 'Classe',
  pixels: 'pixels',
  counted: 'en est prédit à ce stade',
  inspector: 'Pixel',
  inspectHint: 'Cliquez sur la carte, ou Entrée pour son centre.',
  values: 'Valeurs',
  makeMap: 'Cartographier l’image entière',
  jobAdded: 'Le travail est dans la liste des travaux.',
  predicting: 'Prédiction…',
  ready: 'Prêt',
  uploading: 'Envoi du fichier…',
  pause: 'Pause',
  resume: 'Reprendre',
  remove: 'Supprimer',
  show: 'Montrer',
  noJobs: 'Aucun travail. Ouvrez une image, puis « Cartographier l’image entière ».',
  waiting: 'en attente',
  running: 'en cours',
  paused: 'en pause',
  done: 'terminé',
  failed: 'échoué',
  stages: 'Étapes',
  read: 'lecture',
  network: 'réseau',
  blending: 'fusion',
  write: 'écriture',
  tiles: 'Tuiles pour QGIS',
  noRuns: 'Aucun apprentissage. Lancez : arpent serve --runs DOSSIER',
  compare: 'Comparer avec',
  loss: 'Perte',
  miou: 'IoU moyen',
  perClass: 'IoU par classe',
  confusion: 'Matrice de confusion',
  confusionHint: 'Vérité en lignes, prédiction en colonnes, part de la ligne.',
  worstFirst: 'Vignettes, les pires d’abord',
  accuracy: 'exactitude',
  notShown: 'hors des dossiers déclarés',
  epoch: 'époque',
  list: 'Liste de vignettes',
  asNumbers: 'valeurs telles quelles',
  classesOf: 'Classes',
  trainingList: 'apprentissage',
  validationList: 'validation',
  ignored: 'ignoré',
  column: 'colonne',
  row: 'ligne',
  noData: 'Aucune liste. Lancez : arpent serve --data DOSSIER',
  previous: 'Précédent',
  next: 'Suivant',
  of: 'sur',
  shares: 'Parts dans le masque',
  mapLabel:
    'Carte : les flèches la déplacent, plus et moins zooment, Entrée interroge le centre. En traçant, la barre d’espace pose un sommet au centre, Entrée termine.',
  run: 'Apprentissage',
};

const languages = { en, fr };
type Language = keyof typeof languages;

function stored(): Language {
  const chosen = localStorage.getItem('arpent-language');
  if (chosen === 'en' || chosen === 'fr') return chosen;
  return navigator.language.startsWith('fr') ? 'fr' : 'en';
}

/** The language that was chosen, or the browser's. */
export const language: Language = stored();

/** Words in the page's language. */
export const words: Words = languages[language];

/** Changes to the other language; the page is loaded anew. */
export function switchLanguage(): void {
  localStorage.setItem('arpent-language', language === 'en' ? 'fr' : 'en');
  location.reload();
}

const number = (digits: number) => new Intl.NumberFormat(language, { maximumFractionDigits: digits });

/** With all its digits after the point, so that columns line up. */
export const formatFixed = (value: number, digits: number): string =>
  new Intl.NumberFormat(language, { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(
    value,
  );

export const formatNumber = (value: number, digits = 0): string => number(digits).format(value);
/** A share from 0 to 1 in percent, without its sign. */
export const formatShare = (share: number): string => formatFixed(share * 100, 1);
export const formatPercent = (share: number): string => `${formatShare(share)} %`;

/** Square metres, or hectares from one hectare on. */
export function formatArea(squareMetres: number): string {
  return squareMetres >= 10_000
    ? `${number(squareMetres >= 1e6 ? 0 : 2).format(squareMetres / 10_000)} ha`
    : `${number(0).format(squareMetres)} m²`;
}
