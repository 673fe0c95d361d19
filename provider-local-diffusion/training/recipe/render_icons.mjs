// Stage 1, icons: renders our own drawings and the icons of six openly licensed collections to one file of RGBA pixels
// and an index.
//
// usage: node render_icons.mjs NODE_MODULES OUT [own|all]
//
// Writes OUT/icons.rgba (uint8, icons x SIZE x SIZE x 4) and, at the very end, OUT/index.json:
//   {"size": SIZE, "icons": [{"i", "name", "label", "set", "group", "tags"}]}
// With `own`, our own drawings alone: all that the core vocabulary needs, beside add_pictures.py.
// A few icons crash the renderer as a process, not as an exception. What was being rendered is noted in
// OUT/current.txt; the next run adds it to OUT/skip.txt, leaves it out and goes on behind what OUT/rendered.jsonl
// tells. So: run until OUT/index.json is there.
import fs from 'fs';
import path from 'path';
import {createRequire} from 'module';
import {fileURLToPath} from 'url';

const SETS = ['noto', 'noto-v1', 'twemoji', 'emojione', 'fluent-emoji', 'fluent-emoji-flat'];

const GROUPS = new Set([
    'smileys-emotion', 'animals-nature', 'food-drink', 'travel-places', 'activities', 'objects',
]);

// Of the group "people-body" only these: most others are hands and gestures, or one person in many variants.
const PEOPLE = new Set(`
    astronaut man-astronaut woman-astronaut robot ninja prince princess mermaid person-surfing skier snowboarder
    person-swimming person-biking santa-claus superhero man-mage woman-mage fairy woman-fairy vampire man-vampire elf
    man-elf person-running person-walking woman-dancing man-dancing baby boy girl man woman old-man old-woman
    police-officer detective construction-worker person-rowing-boat footprints brain eyes man-firefighter
    woman-scientist man-cook woman-farmer man-artist woman-pilot`.trim().split(/\s+/));

// Signs, office material and what nobody would ask a picture of.
const LEFT_OUT = new RegExp([
    'oclock', 'thirty', 'heart-suit', 'spade-suit', 'diamond-suit', 'club-suit', 'speech', 'anger', 'zzz',
    'hundred-points', 'place-medal', 'banknote', 'envelope', 'mailbox', 'tray', 'speaker', 'locked', 'chart', 'file',
    'card-', 'calendar', 'page', 'bookmark', 'ledger', 'label', 'ticket', 'pushpin', 'paperclip', 'e-mail',
    'phone-with', 'bell-with', 'identification', 'placard', 'cigarette', 'toilet', 'plunger', 'syringe', 'coffin',
    'funeral', 'headstone', 'hamsa', 'kaaba', 'globe-with-meridians', 'map-of-japan', 'love-hotel', 'coin', 'receipt',
    'credit', 'level-slider', 'control-knobs', 'briefs', 'bikini', 'razor', 'safety-pin', 'safety-vest', 'reminder',
    'admission', 'white-cane', 'crutch', 'adhesive', 'x-ray', 'drop-of-blood', 'microbe', 'pig-nose', 'hole$',
    'dotted', 'fight-cloud', 'family', 'kiss-mark', 'pile-of', 'middle', 'squatting', 'breast', 'cut-of',
    'meat-on', 'kitchen-knife', 'dagger', 'bomb$', 'water-pistol', 'pill$', 'face-with-symbols',
].join('|'));

const SIZE = 192;
const OWN = 'triptych';
const DRAWINGS = path.join(path.dirname(fileURLToPath(import.meta.url)), 'drawings');

const [modules, out, which = 'all'] = process.argv.slice(2);
if (!modules || !out || !['own', 'all'].includes(which)) {
    console.error('usage: node render_icons.mjs NODE_MODULES OUT [own|all]');
    process.exit(2);
}
const require = createRequire(path.resolve(modules) + '/');
const {Resvg} = require('@resvg/resvg-js');
const emojis = require('emojibase-data/en/data.json');
const groupNames = require('emojibase-data/meta/groups.json').groups;

/** An emoji's label as the icon collections spell it. */
function slug(label) {
    return label.toLowerCase().replace(/[’'.“”!,:()]/g, '').replace(/ñ/g, 'n').replace(/&/g, 'and')
        .replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, '');
}

/** What there is to render: {name, label, set, group, tags, svg}. */
function* drawings() {
    for (const file of fs.readdirSync(DRAWINGS).sort()) {
        const svg = fs.readFileSync(path.join(DRAWINGS, file), 'utf8');
        const name = path.basename(file, '.svg');
        yield {name, label: name.replaceAll('-', ' '), set: OWN, group: OWN, tags: [], svg};
    }
    if (which === 'own') {
        return;
    }
    const collections = new Map(SETS.map(set => [set, require(`@iconify-json/${set}/icons.json`)]));
    for (const emoji of emojis) {
        const group = groupNames[emoji.group];
        const name = slug(emoji.label);
        if (!(GROUPS.has(group) || PEOPLE.has(name)) || LEFT_OUT.test(name)) {
            continue;
        }
        for (const [set, collection] of collections) {
            const icon = collection.icons[name];
            if (icon) {
                const svg = whole(collection, icon);
                yield {name, label: emoji.label, set, group, tags: emoji.tags ?? [], svg};
            }
        }
    }
}

/** The whole SVG of a collection's icon. */
function whole(collection, icon) {
    const width = icon.width || collection.width || 16;
    const height = icon.height || collection.height || 16;
    return `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"`
        + ` viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">${icon.body}</svg>`;
}

/** RGBA pixels of one SVG, or null if it does not fill a square. */
function render(svg) {
    const image = new Resvg(svg, {fitTo: {mode: 'width', value: SIZE}}).render();
    return image.width === SIZE && image.height === SIZE ? image.pixels : null;
}

/** The file's lines; none if there is no such file. */
function lines(file) {
    return fs.existsSync(file) ? fs.readFileSync(file, 'utf8').split('\n').filter(line => line) : [];
}

fs.mkdirSync(out, {recursive: true});
const [skipFile, currentFile, renderedFile, pixelFile, indexFile] =
    ['skip.txt', 'current.txt', 'rendered.jsonl', 'icons.rgba', 'index.json'].map(name => path.join(out, name));
fs.appendFileSync(skipFile, lines(currentFile).map(line => line + '\n').join(''));
fs.rmSync(currentFile, {force: true});
const skipped = new Set(lines(skipFile));
const index = lines(renderedFile).map(line => JSON.parse(line));
const rendered = new Set(index.map(icon => `${icon.set}/${icon.name}`));

const pixels = fs.openSync(pixelFile, index.length ? 'r+' : 'w');
for (const {svg, ...drawing} of drawings()) {
    const key = `${drawing.set}/${drawing.name}`;
    if (skipped.has(key) || rendered.has(key)) {
        continue;
    }
    fs.writeFileSync(currentFile, key);
    const image = render(svg);
    if (image) {
        const icon = {i: index.length, ...drawing};
        fs.writeSync(pixels, image, 0, image.length, icon.i * image.length);
        fs.appendFileSync(renderedFile, JSON.stringify(icon) + '\n');
        index.push(icon);
    }
}
fs.ftruncateSync(pixels, index.length * SIZE * SIZE * 4);
fs.closeSync(pixels);
fs.rmSync(currentFile, {force: true});
fs.writeFileSync(indexFile + '.new', JSON.stringify({size: SIZE, icons: index}));
fs.renameSync(indexFile + '.new', indexFile);
console.log(`${index.length} icons of ${new Set(index.map(icon => icon.name)).size} things`);
