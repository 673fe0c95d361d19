/*
 * Win rates from votes, the same as in dev.triptych.compare.BradleyTerry:
 * Hunter, "MM algorithms for generalized Bradley–Terry models", 2004, equation 3, with one drawn vote for each generator
 * against an imagined opponent of strength 1.
 */

const priorVotes = 1;

/** Ratings of generators 0 … count − 1 by votes {left, right, choice}; choice is LEFT, RIGHT or TIE. */
function fitBradleyTerry(count, votes) {
  const wins = new Array(count).fill(0);
  const against = Array.from({ length: count }, () => new Array(count).fill(0));
  for (const { left, right, choice } of votes) {
    against[left][right]++;
    against[right][left]++;
    const leftWins = choice === "LEFT" ? 1 : choice === "RIGHT" ? 0 : 0.5;
    wins[left] += leftWins;
    wins[right] += 1 - leftWins;
  }
  const strengths = fitStrengths(wins, against);
  return strengths.map((strength, i) => ({
    generator: i,
    votes: against[i].reduce((sum, each) => sum + each, 0),
    wins: wins[i],
    strength,
    winRate: meanWinRate(strengths, i),
  })).sort((a, b) => b.strength - a.strength);
}

function fitStrengths(wins, against) {
  let strengths = wins.map(() => 1);
  for (let round = 0, change = 1; round < 100000 && change > 1e-12; round++) {
    const next = strengths.map((p, i) => (wins[i] + priorVotes / 2)
      / strengths.reduce((sum, q, j) => sum + against[i][j] / (p + q), priorVotes / (p + 1)));
    change = Math.max(...next.map((p, i) => Math.abs(p - strengths[i]) / strengths[i]));
    strengths = next;
  }
  return strengths;
}

function meanWinRate(strengths, i) {
  if (strengths.length < 2) return 0.5;
  return strengths.reduce((sum, p, j) => j === i ? sum : sum + strengths[i] / (strengths[i] + p), 0)
    / (strengths.length - 1);
}
