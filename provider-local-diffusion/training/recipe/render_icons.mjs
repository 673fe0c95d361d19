// Stage 1, icons: renders the icons of six openly licensed collections to one file of RGBA pixels and an index.
//
// usage: node render_icons.mjs NODE_MODULES OUT [SIZE]
//
// Writes OUT/icons.rgba (uint8, icons x SIZE x SIZE x 4) and, at the very end, OUT/index.json:
//   {"size": SIZE, "icons": [{"i", "name", "label", "set", "group", "tags"}]}
// A few icons crash the renderer as a process, not as an exception. What was being rendered is noted in
// OUT/current.txt; the next run adds it to OUT/skip.txt and leaves it out. So: run until OUT/index.json is there.
import fs from 'fs';
import path from 'path';
import {createRequire} from 'module';

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

const [modules, out, sizeArgument] = process.argv.slice(2);
if (!modules || !out) {
    console.error('usage: node render_icons.mjs NODE_MODULES OUT [SIZE]');
    process.exit(2);
}
const size = Number(sizeArgument ?? 192);
const require = createRequire(path.resolve(modules) + '/');
const {Resvg} = require('@resvg/resvg-js');
const emojis = require('emojibase-data/en/data.json');
const groupNames = require('emojibase-data/meta/groups.json').groups;
const collections = new Map(SETS.map(set => [set, require(`@iconify-json/${set}/icons.json`)]));

/** An emoji's label as the icon collections spell it. */
function slug(label) {
    return label.toLowerCase().replace(/[’'.“”!,:()]/g, '').replace(/ñ/g, 'n').replace(/&/g, 'and')
        .replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, '');
}

/** RGBA pixels of one icon, or null if it does not fill a square. */
function render(collection, icon) {
    const width = icon.width || collection.width || 16;
    const height = icon.height || collection.height || 16;
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"`
        + ` viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">${icon.body}</svg>`;
    const image = new Resvg(svg, {fitTo: {mode: 'width', value: size}}).render();
    return image.width === size && image.height === size ? image.pixels : null;
}

fs.mkdirSync(out, {recursive: true});
const skipFile = path.join(out, 'skip.txt');
const currentFile = path.join(out, 'current.txt');
if (fs.existsSync(currentFile)) {
    fs.appendFileSync(skipFile, fs.readFileSync(currentFile, 'utf8') + '\n');
}
const skipped = new Set(fs.existsSync(skipFile) ? fs.readFileSync(skipFile, 'utf8').split('\n') : []);

const index = [];
const pixels = fs.openSync(path.join(out, 'icons.rgba'), 'w');
for (const emoji of emojis) {
    const group = groupNames[emoji.group];
    const name = slug(emoji.label);
    if (!(GROUPS.has(group) || PEOPLE.has(name)) || LEFT_OUT.test(name)) {
        continue;
    }
    for (const [set, collection] of collections) {
        const icon = collection.icons[name];
        if (!icon || skipped.has(`${set}/${name}`)) {
            continue;
        }
        fs.writeFileSync(currentFile, `${set}/${name}`);
        const rendered = render(collection, icon);
        if (rendered) {
            fs.writeSync(pixels, rendered);
            index.push({i: index.length, name, label: emoji.label, set, group, tags: emoji.tags ?? []});
        }
    }
}
fs.closeSync(pixels);
fs.rmSync(currentFile, {force: true});
fs.writeFileSync(path.join(out, 'index.json.new'), JSON.stringify({size, icons: index}));
fs.renameSync(path.join(out, 'index.json.new'), path.join(out, 'index.json'));
console.log(`${index.length} icons of ${new Set(index.map(icon => icon.name)).size} things`);
