"""The scenes: what is held out stays out, a seed names a picture, captions say what is drawn."""

import json
import tempfile
import unittest
from pathlib import Path

import numpy as np

from recipe.captions import describe, plural, with_article
from recipe.compose import CELLS, Composer
from recipe.draw import draw
from recipe.library import IconLibrary, read_things
from recipe.questions import answers, composition_questions, single_questions
from recipe.scene import PLACES, PLAIN
from recipe.sheet import sheet_prompts
from recipe.split import is_held_out


def fake_icons(folder: Path) -> IconLibrary:
    """The core's things, each with one icon of a single colour."""
    things = read_things("core")
    rng = np.random.default_rng(0)
    pixels = np.full((len(things), 16, 16, 4), 255, np.uint8)
    pixels[..., :3] = rng.integers(60, 250, (len(things), 1, 1, 3))
    (folder / "icons.rgba").write_bytes(pixels.tobytes())
    icons = [
        {"i": i, "name": t.icon, "label": t.label, "set": "fluent-emoji-3d", "group": "objects", "tags": []}
        for i, t in enumerate(things)
    ]
    (folder / "index.json").write_text(json.dumps({"size": 16, "icons": icons}))
    return IconLibrary(folder, "core")


class ScenesTest(unittest.TestCase):
    def setUp(self):
        self._folder = tempfile.TemporaryDirectory()
        self.addCleanup(self._folder.cleanup)
        self.library = fake_icons(Path(self._folder.name))

    def test_training_never_shows_a_held_out_composition(self):
        composer, rng = Composer(self.library, training=True), np.random.default_rng(1)
        scenes = [composer.compose(rng) for _ in range(3000)]
        shown = {(item.thing.label, scene.place) for scene in scenes for item in scene.items}
        self.assertFalse([pair for pair in shown if is_held_out(*pair)])
        self.assertGreater(len({place for _, place in shown}), 15)

    def test_about_a_tenth_of_the_compositions_is_held_out_and_always_the_same(self):
        pairs = [(thing.label, place) for thing in self.library.things for place in PLACES]
        self.assertAlmostEqual(sum(is_held_out(*pair) for pair in pairs) / len(pairs), 0.1, delta=0.02)
        self.assertEqual(
            [is_held_out("fox", place) for place in PLACES], [is_held_out("fox", place) for place in PLACES]
        )
        self.assertTrue(is_held_out(*HELD_OUT_EXAMPLE))

    def test_a_seed_names_a_picture(self):
        scenes = [Composer(self.library).compose(np.random.default_rng([5, 7])) for _ in range(2)]
        first, second = (np.asarray(draw(scene, self.library, 64)) for scene in scenes)
        np.testing.assert_array_equal(first, second)

    def test_every_place_and_style_can_be_drawn(self):
        composer, rng = Composer(self.library, training=False), np.random.default_rng(2)
        for _ in range(300):
            picture = draw(composer.compose(rng), self.library, 64)
            self.assertEqual((picture.size, picture.mode), ((64, 64), "RGB"))

    def test_an_exact_caption_says_thing_colour_count_and_place(self):
        composer, rng = Composer(self.library), np.random.default_rng(3)
        fox = next(thing for thing in self.library.things if thing.label == "fox")
        self.assertRegex(
            describe(composer.portrait(rng, thing=fox, colour="blue"), rng, exact=True), "^a blue fox on an? "
        )
        self.assertRegex(
            describe(composer.counted(rng, thing=fox, count=3), rng, exact=True), "^three (\\w+ )?foxes on an? "
        )
        beach = describe(composer.in_scene(rng, thing=fox, place="beach"), rng, exact=True)
        self.assertIn("on the beach", beach)

    def test_things_lie_on_the_grid_of_the_latents(self):
        composer, rng = Composer(self.library), np.random.default_rng(4)
        spots = [spot for _ in range(500) for item in composer.compose(rng).items for spot in item.spots]
        corners = np.array([((x - size / 2) * CELLS, (y - size / 2) * CELLS, size * CELLS) for x, y, size in spots])
        np.testing.assert_allclose(corners, corners.round(), atol=1e-6)
        self.assertEqual(set(corners[:, 2].round()), {6, 8, 10, 12})
        self.assertTrue(((corners[:, :2] >= 0).all() and (corners[:, :2] + corners[:, 2:] <= CELLS).all()))

    def test_what_people_type_first_comes_more_often(self):
        composer, rng = Composer(self.library), np.random.default_rng(6)
        labels = [composer.portrait(rng).items[0].thing.label for _ in range(4000)]
        weights = {thing.label: thing.weight for thing in self.library.things}
        expected = len(labels) / sum(weights.values())
        for label in ("dog", "car", "robot", "crown"):
            self.assertAlmostEqual(labels.count(label), expected * weights[label], delta=40)

    def test_a_thing_of_two_drawings_shows_one_alone_and_the_other_in_a_place(self):
        dog = next(thing for thing in read_things("core") if thing.label == "dog")
        self.assertEqual((dog.icon, dog.placed_icon, dog.names), ("dog-face", "dog", ("dog", "puppy")))

    def test_every_prompt_of_the_sheet_asks_for_something_that_is_known(self):
        prompts, asked = sheet_prompts()
        known = {thing.label for thing in self.library.things} | {f"place {place}" for place in PLACES}
        self.assertEqual((len(prompts), set(asked) - known), (40, set()))

    def test_plurals_and_articles_are_english(self):
        self.assertEqual(
            [plural(w) for w in ("fox", "fish", "butterfly", "cup of coffee", "bus", "house")],
            ["foxes", "fish", "butterflies", "cups of coffee", "buses", "houses"],
        )
        self.assertEqual(
            [with_article(w) for w in ("owl", "ufo", "unicorn", "umbrella", "cup of coffee", "cherries")],
            ["an owl", "a ufo", "a unicorn", "an umbrella", "a cup of coffee", "cherries"],
        )

    def test_questions_cover_every_thing_and_only_compositions_are_held_out(self):
        single, compositions = single_questions(self.library, 300), composition_questions(self.library, 100)
        self.assertEqual({q.scene.items[0].thing.label for q in single}, {t.label for t in self.library.things})
        self.assertFalse(
            [q for q in single if q.scene.place != PLAIN and is_held_out(q.scene.items[0].thing.label, q.scene.place)]
        )
        self.assertTrue(all(is_held_out(q.scene.items[0].thing.label, q.scene.place) for q in compositions))
        self.assertEqual([q.prompt for q in single], [q.prompt for q in single_questions(self.library, 300)])

    def test_answers_are_class_numbers_or_minus_one(self):
        found = answers([q.scene for q in single_questions(self.library, 60)], self.library)
        self.assertTrue((found["object"] == np.arange(60) % len(self.library.things)).all())
        self.assertIn(-1, found["colour"])


HELD_OUT_EXAMPLE = ("castle", "meadow")


if __name__ == "__main__":
    unittest.main()
