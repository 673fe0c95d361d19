package dev.triptych.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.triptych.compare.BradleyTerry.Rating;
import dev.triptych.compare.Vote.Choice;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class BradleyTerryTest {

    /*
     * American League baseball 1987: wins of the row over the column. Agresti, "Categorical Data Analysis", 2nd edition
     * 2002, table 10.10; fitted log strengths against Baltimore as in the R package BradleyTerry2, help of "baseball".
     */
    private static final List<String> TEAMS =
            List.of("Milwaukee", "Detroit", "Toronto", "New York", "Boston", "Cleveland", "Baltimore");
    private static final int[][] WINS = {
        {0, 7, 9, 7, 7, 9, 11},
        {6, 0, 7, 5, 11, 9, 9},
        {4, 6, 0, 7, 7, 8, 12},
        {6, 8, 6, 0, 6, 7, 10},
        {6, 2, 6, 7, 0, 7, 12},
        {4, 4, 5, 6, 6, 0, 6},
        {2, 4, 1, 3, 1, 7, 0}
    };
    private static final double[] LOG_STRENGTHS = {1.5814, 1.4364, 1.2945, 1.2476, 1.1077, 0.6839, 0};

    @Test
    void fitsAKnownTable() {
        List<Rating> ratings = BradleyTerry.fit(TEAMS, baseball(), 0);

        double baltimore = ratings.get(6).strength();
        for (int i = 0; i < TEAMS.size(); i++) {
            assertThat(ratings.get(i).generator()).isEqualTo(TEAMS.get(i));
            assertThat(Math.log(ratings.get(i).strength() / baltimore)).isCloseTo(LOG_STRENGTHS[i], within(6e-5));
        }
    }

    @Test
    void gaugesTwoByTheirShareOfWins() {
        List<Vote> votes = new ArrayList<>(Collections.nCopies(3, new Vote(0, "a", "b", Choice.LEFT)));
        votes.add(new Vote(0, "b", "a", Choice.LEFT));

        List<Rating> ratings = BradleyTerry.fit(List.of("a", "b"), votes, 0);

        assertThat(ratings.get(0).winRate()).isCloseTo(0.75, within(1e-9));
        assertThat(ratings.get(1).winRate()).isCloseTo(0.25, within(1e-9));
    }

    @Test
    void countsATieAsHalfAWin() {
        List<Rating> ratings = BradleyTerry.fit(List.of("a", "b"), List.of(new Vote(0, "a", "b", Choice.TIE)));

        assertThat(ratings).extracting(Rating::wins).containsExactly(0.5, 0.5);
        assertThat(ratings).extracting(Rating::winRate).containsExactly(0.5, 0.5);
    }

    @Test
    void staysFiniteForOneThatAlwaysWins() {
        List<Vote> votes = Collections.nCopies(20, new Vote(0, "a", "b", Choice.LEFT));

        List<Rating> ratings = BradleyTerry.fit(List.of("b", "a", "unseen"), votes);

        assertThat(ratings).extracting(Rating::generator).containsExactly("a", "unseen", "b");
        // Wins are what the model expects: 20 + ½ = 20 p / (p + 1/p) + p / (p + 1), and b is the mirror of a.
        double p = ratings.get(0).strength();
        assertThat(20 * p / (p + 1 / p) + p / (p + 1)).isCloseTo(20.5, within(1e-9));
        assertThat(ratings.get(2).strength()).isCloseTo(1 / p, within(1e-9));
        assertThat(ratings.get(1).strength()).isEqualTo(1);
        assertThat(ratings.get(1).votes()).isZero();
    }

    @Test
    void refusesAVoteForAStranger() {
        assertThatThrownBy(() -> BradleyTerry.fit(List.of("a", "b"), List.of(new Vote(0, "a", "c", Choice.LEFT))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("vote must be for one of a, b but was for \"c\"");
    }

    private static List<Vote> baseball() {
        List<Vote> votes = new ArrayList<>();
        for (int i = 0; i < WINS.length; i++) {
            for (int j = 0; j < WINS.length; j++) {
                if (i != j) {
                    votes.addAll(Collections.nCopies(WINS[i][j], new Vote(0, TEAMS.get(i), TEAMS.get(j), Choice.LEFT)));
                }
            }
        }
        return votes;
    }
}
