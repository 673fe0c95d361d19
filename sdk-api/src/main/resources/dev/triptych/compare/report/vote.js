/*
 * The blind vote: every two pictures of a prompt once, in random order and on random sides. Nothing on the page tells
 * whose they are, and the win rates stay hidden until they are asked for. Votes are kept in this browser and can be
 * carried to others as a file.
 */

const voting = { votes: [], queue: [], parts: null, shown: null, random: Math.random };
const voteKey = "votes:" + report.id;

/** Pictures that can be set against each other: [row, generator, generator]. */
function allDuels() {
  const duels = [];
  report.rows.forEach((request, row) => {
    for (let i = 0; i < report.generators.length; i++) {
      for (let j = i + 1; j < report.generators.length; j++) {
        if (cellOf(row, i).picture && cellOf(row, j).picture) duels.push([row, i, j]);
      }
    }
  });
  return duels;
}

/** Random numbers in [0, 1): by the page's #seed=… where it has one (mulberry32), else the browser's own. */
function randomSource() {
  const seed = /[#&]seed=(\d+)/.exec(location.hash);
  if (!seed) return Math.random;
  let state = Number(seed[1]) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

function shuffled(list) {
  const result = [...list];
  for (let i = result.length - 1; i > 0; i--) {
    const j = Math.floor(voting.random() * (i + 1));
    [result[i], result[j]] = [result[j], result[i]];
  }
  return result;
}

const sameDuel = (vote, [row, i, j]) => vote.row === row
  && Math.min(vote.left, vote.right) === i && Math.max(vote.left, vote.right) === j;

function buildVote(place) {
  if (allDuels().length === 0) {
    byId("vote").hidden = true;
    document.querySelector('.jumps a[href="#vote"]').hidden = true;
    return;
  }
  voting.random = randomSource();
  voting.votes = fromFile(kept.read(voteKey)) || [];
  voting.queue = shuffled(allDuels().filter((duel) => !voting.votes.some((vote) => sameDuel(vote, duel))));
  const stage = el("div", { class: "duel", id: "duel" });
  const results = el("div", { id: "results", hidden: true });
  const reveal = el("button", { type: "button", id: "reveal", "aria-expanded": "false", "aria-controls": "results",
    onclick: () => toggleResults(results.hidden) }, "Show win rates");
  const file = el("input", { type: "file", accept: ".json,application/json", class: "unseen", id: "import", tabindex: "-1",
    "aria-label": "File of votes", onchange: importVotes });
  voting.parts = { stage, results, reveal };
  place.append(
    el("p", { class: "hint" }, "Two pictures of one prompt, without a name. Which one shows it better? "
      + "Votes stay in this browser until you export them."),
    stage,
    el("div", { class: "vote-tools" }, reveal,
      el("button", { type: "button", class: "quiet", id: "export", onclick: exportVotes }, "Export votes"),
      el("button", { type: "button", class: "quiet", onclick: () => file.click() }, "Add votes from a file"), file,
      el("button", { type: "button", class: "quiet", id: "clear", onclick: clearVotes }, "Delete all votes")),
    results);
  place.addEventListener("keydown", voteKeyPressed);
  showDuel(false);
}

function showDuel(takeFocus) {
  const duel = voting.queue[0];
  const { stage } = voting.parts;
  voting.shown = duel ? (voting.random() < 0.5 ? duel : [duel[0], duel[2], duel[1]]) : null;
  stage.replaceChildren(duel ? duelView(voting.shown) : el("div", { class: "done", tabindex: "-1" },
    el("p", {}, "Every pair has a vote. Thank you."), undoButton()));
  if (takeFocus) (stage.querySelector("[tabindex='-1']")).focus({ preventScroll: true });
  updateVoteTools();
}

function duelView([row, left, right]) {
  const pictures = [left, right].map((generator) => cellOf(row, generator).picture);
  const shape = Math.min(...pictures.map((picture) => picture.width / picture.height));
  const side = (picture, index) => {
    const image = el("img", { src: picture.source, alt: describePicture(row, "Picture " + "AB"[index]), decoding: "async" });
    image.style.aspectRatio = String(shape);
    return el("button", { type: "button", class: "picture", "aria-label": "Enlarge picture " + "AB"[index], "aria-haspopup": "dialog",
      onclick: () => openBlindZoom(row, [left, right], index) }, image);
  };
  const choose = (choice, text, key) => el("button", { type: "button", class: "choice", "data-choice": choice,
    onclick: () => castVote(choice) }, text, el("kbd", { "aria-hidden": "true" }, key));
  return el("div", { class: "duel-view", tabindex: "-1", role: "group", "aria-label": "Which picture shows the prompt better?" },
    el("p", { class: "duel-prompt", dir: "auto" }, report.rows[row].prompt || "(no prompt)"),
    el("div", { class: "duel-pictures" }, pictures.map(side)),
    el("div", { class: "duel-choices" },
      choose("LEFT", "A is better", "1"), choose("TIE", "Equal", "0"), choose("RIGHT", "B is better", "2")),
    el("p", { class: "duel-progress" },
      el("span", {}, counted(voting.queue.length, "pair") + " left"),
      el("button", { type: "button", class: "quiet", onclick: skipDuel }, "Skip"), undoButton()));
}

const undoButton = () => el("button", { type: "button", class: "quiet undo", onclick: undoVote, disabled: voting.votes.length === 0 },
  "Take back");

function castVote(choice) {
  if (!voting.shown) return;
  const [row, left, right] = voting.shown;
  voting.votes.push({ row, left, right, choice });
  voting.queue.shift();
  announce("Vote counted. " + counted(voting.queue.length, "pair") + " left.");
  keepVotes();
  showDuel(true);
}

function skipDuel() {
  voting.queue.push(voting.queue.shift());
  showDuel(true);
}

function undoVote() {
  const vote = voting.votes.pop();
  if (!vote) return;
  voting.queue.unshift([vote.row, Math.min(vote.left, vote.right), Math.max(vote.left, vote.right)]);
  announce("Last vote taken back.");
  keepVotes();
  showDuel(true);
}

function clearVotes() {
  if (voting.votes.length && !confirm("Delete " + counted(voting.votes.length, "vote") + "? There is no way back.")) return;
  voting.votes = [];
  voting.queue = shuffled(allDuels());
  keepVotes();
  toggleResults(false);
  showDuel(false);
}

function voteKeyPressed(event) {
  if (!keysAreOn() || event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input, select")) return;
  const actions = { 1: () => castVote("LEFT"), 2: () => castVote("RIGHT"), 0: () => castVote("TIE"), u: undoVote };
  const action = actions[event.key.toLowerCase()];
  if (action) {
    event.preventDefault();
    action();
  }
}

/** The votes as the file that dev.triptych.compare.VoteFile reads. */
function toFile() {
  return JSON.stringify({
    format: "triptych-votes/1", comparison: report.id,
    votes: voting.votes.map(({ row, left, right, choice }) => ({
      row, left: report.generators[left].name, right: report.generators[right].name, choice })),
  });
}

/** The votes in `text`, or null where it holds none for these pictures. */
function fromFile(text) {
  try {
    const file = JSON.parse(text);
    if (!file || file.format !== "triptych-votes/1" || file.comparison !== report.id) return null;
    const indexOf = (name) => report.generators.findIndex((generator) => generator.name === name);
    return file.votes.map((vote) => ({ row: vote.row, left: indexOf(vote.left), right: indexOf(vote.right), choice: vote.choice }))
      .filter(({ row, left, right, choice }) => report.rows[row] && left >= 0 && right >= 0 && left !== right
        && ["LEFT", "RIGHT", "TIE"].includes(choice));
  } catch (notJson) {
    return null;
  }
}

function keepVotes() {
  if (!kept.write(voteKey, toFile())) announce("This browser does not keep votes; export them before you leave.");
  if (!voting.parts.results.hidden) showResults();
}

function exportVotes() {
  const url = URL.createObjectURL(new Blob([toFile()], { type: "application/json" }));
  el("a", { href: url, download: "votes-" + report.id.slice(0, 8) + ".json" }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
  announce("Votes exported.");
}

async function importVotes(event) {
  const input = event.target;
  if (!input.files.length) return;
  const votes = fromFile(await input.files[0].text());
  input.value = "";
  if (!votes) {
    alert("This file holds no votes on these pictures.");
    return;
  }
  voting.votes.push(...votes);
  keepVotes();
  announce(counted(votes.length, "vote") + " added.");
  toggleResults(true);
  updateVoteTools();
}

function updateVoteTools() {
  const none = voting.votes.length === 0;
  voting.parts.reveal.disabled = none;
  byId("export").disabled = none;
  byId("clear").disabled = none;
}

function toggleResults(show) {
  const { results, reveal } = voting.parts;
  results.hidden = !show;
  reveal.setAttribute("aria-expanded", String(show));
  reveal.textContent = show ? "Hide win rates" : "Show win rates";
  if (show) showResults();
}

function showResults() {
  const percent = (share) => formatNumber(share, { style: "percent", maximumFractionDigits: 0 });
  const rows = fitBradleyTerry(report.generators.length, voting.votes).map((rating) =>
    el("tr", { "data-generator": String(rating.generator), "data-win-rate": String(rating.winRate) },
      el("th", { scope: "row" }, nameOf(rating.generator)),
      el("td", {}, el("span", { class: "with-bar" }, el("span", { class: "value" }, percent(rating.winRate)), bar(rating.winRate))),
      el("td", { class: "figure" }, rating.votes ? formatNumber(rating.wins, { maximumFractionDigits: 1 }) + " of " + rating.votes : "none")));
  voting.parts.results.replaceChildren(
    el("div", { class: "scroll" },
      el("table", { class: "plain" },
        el("caption", {}, "Win rates after " + counted(voting.votes.length, "vote")),
        el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "Generator"), el("th", { scope: "col" }, "Win rate"),
          el("th", { scope: "col", class: "figure" }, "Won"))),
        el("tbody", {}, rows))),
    el("p", { class: "hint" }, "Win rate: how often it would win if it met each of the others equally often (Bradley–Terry; "
      + "an equal vote is half a win, and each starts with one drawn vote, so few votes stay near 50 %)."));
}
