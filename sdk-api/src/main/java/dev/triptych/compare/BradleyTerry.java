package dev.triptych.compare;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Win rates from votes between two: the model of Bradley and Terry, "Rank analysis of incomplete block designs", 1952,
 * where i beats j with probability p(i) / (p(i) + p(j)).
 *
 * <p>Fitted with the algorithm of Hunter, "MM algorithms for generalized Bradley–Terry models", Annals of Statistics
 * 32(1), 2004, equation 3: {@code p(i) ← W(i) / Σj N(ij) / (p(i) + p(j))}, where W are wins (a tie is half a win for
 * each) and N are votes.
 *
 * <p>One that won or lost every vote would have an infinite strength. So each has, beside its votes, one drawn vote
 * with an imagined opponent of strength 1, which keeps strengths finite and matters less with every real vote.
 */
public final class BradleyTerry {

    private static final double PRIOR_VOTES = 1;
    private static final double TOLERANCE = 1e-12;
    private static final int MAX_ROUNDS = 100_000;

    private BradleyTerry() {}

    /**
     * How one generator fares.
     *
     * @param generator its name
     * @param votes votes that it took part in
     * @param wins votes that it won; a tie is half a win
     * @param strength p(i) of the model, more than 0; only ratios count
     * @param winRate how often it would win against the others, each as often: the mean of p(i) / (p(i) + p(j)), 0 to 1
     */
    public record Rating(String generator, int votes, double wins, double strength, double winRate) {}

    /**
     * The ratings of {@code generators}, the strongest first. One without votes has the strength 1 of nothing known.
     *
     * @throws IllegalArgumentException if a vote names another generator
     */
    public static List<Rating> fit(Collection<String> generators, Collection<Vote> votes) {
        return fit(generators, votes, PRIOR_VOTES);
    }

    /** As above with another number of drawn votes; with 0 the maximum likelihood, where it exists. */
    static List<Rating> fit(Collection<String> generators, Collection<Vote> votes, double priorVotes) {
        List<String> names = List.copyOf(generators);
        Tally tally = new Tally(names, votes);
        double[] strengths = strengths(tally, priorVotes);
        List<Rating> ratings = new ArrayList<>();
        for (int i = 0; i < names.size(); i++) {
            ratings.add(new Rating(
                    names.get(i), (int) tally.votesOf(i), tally.wins[i], strengths[i], winRate(strengths, i)));
        }
        ratings.sort(Comparator.comparingDouble(Rating::strength).reversed());
        return ratings;
    }

    private static double[] strengths(Tally tally, double priorVotes) {
        double[] p = new double[tally.wins.length];
        Arrays.fill(p, 1);
        double change = 1;
        for (int round = 0; round < MAX_ROUNDS && change > TOLERANCE; round++) {
            double[] next = new double[p.length];
            for (int i = 0; i < p.length; i++) {
                double wins = tally.wins[i] + priorVotes / 2;
                double sum = priorVotes / (p[i] + 1);
                for (int j = 0; j < p.length; j++) {
                    sum += tally.votes[i][j] / (p[i] + p[j]);
                }
                next[i] = sum == 0 ? 1 : wins / sum;
            }
            change = 0;
            for (int i = 0; i < p.length; i++) {
                change = Math.max(change, Math.abs(next[i] - p[i]) / Math.max(p[i], Double.MIN_NORMAL));
            }
            p = next;
        }
        return p;
    }

    private static double winRate(double[] strengths, int i) {
        double sum = 0;
        for (int j = 0; j < strengths.length; j++) {
            if (j != i) {
                sum += strengths[i] / (strengths[i] + strengths[j]);
            }
        }
        return strengths.length < 2 ? 0.5 : sum / (strengths.length - 1);
    }

    /** Wins of each, and votes between each two. */
    private static final class Tally {
        private final double[] wins;
        private final double[][] votes;

        Tally(List<String> names, Collection<Vote> cast) {
            Map<String, Integer> index = new LinkedHashMap<>();
            names.forEach(name -> index.put(name, index.size()));
            wins = new double[names.size()];
            votes = new double[names.size()][names.size()];
            for (Vote vote : cast) {
                int left = indexOf(index, vote.left());
                int right = indexOf(index, vote.right());
                votes[left][right]++;
                votes[right][left]++;
                double leftWins = switch (vote.choice()) {
                    case LEFT -> 1;
                    case RIGHT -> 0;
                    case TIE -> 0.5;
                };
                wins[left] += leftWins;
                wins[right] += 1 - leftWins;
            }
        }

        private static int indexOf(Map<String, Integer> index, String name) {
            if (!index.containsKey(name)) {
                throw new IllegalArgumentException("vote must be for one of " + String.join(", ", index.keySet())
                        + " but was for \"" + name + "\"");
            }
            return Objects.requireNonNull(index.get(name));
        }

        double votesOf(int i) {
            double sum = 0;
            for (double count : votes[i]) {
                sum += count;
            }
            return sum;
        }
    }
}
