"""The machinery of the training: state that survives a kill, the optimiser, the export's manifest, the distance."""

import hashlib
import json
import os
import signal
import tempfile
import unittest
from pathlib import Path

import numpy as np
import torch
from diffusers import DDIMScheduler

from recipe.agree import read_verdicts
from recipe.align import CLIP_WIDTH, PATCHES, Aligner
from recipe.clip_judge import found
from recipe.evaluate import frechet_distance, with_certainty
from recipe.export import write_manifest
from recipe.files import written_whole
from recipe.library import Thing
from recipe.lumps import bent, erased, lumps, melted, mixed, warped
from recipe.muon import orthogonalised
from recipe.networks import grow, new_autoencoder, new_small_autoencoder, new_unet
from recipe.pack_icons import pack, unpack
from recipe.pictures import halved
from recipe.reconstruction import decibels
from recipe.settings import END_TOKEN, NOISE_SCHEDULE, START_TOKEN, VOCABULARY_SIZE
from recipe.train_tokenizer import learn_merges, vocabulary
from recipe.train_unet import flow_timesteps, flow_weights, loss_weights
from recipe.train_vision import contrastive_loss
from recipe.training import Device, Trainer
from recipe.words import known_words


class TrainingTest(unittest.TestCase):
    def setUp(self):
        self._folder = tempfile.TemporaryDirectory()
        self.addCleanup(self._folder.cleanup)
        self.folder = Path(self._folder.name)
        for number in (signal.SIGTERM, signal.SIGINT):  # a Trainer takes them
            self.addCleanup(signal.signal, number, signal.getsignal(number))

    def trainer(self) -> Trainer:
        torch.manual_seed(0)
        return Trainer(
            {"net": torch.nn.Linear(32, 32)},
            self.folder / "state.pt",
            Device(),
            minutes=10,
            save_seconds=1000,
            muon_rate=0.05,
            adam_rate=5e-4,
        )

    def learn(self, trainer: Trainer, steps: int):
        data = torch.randn(64, 32, generator=torch.Generator().manual_seed(1), device="cpu").to(trainer.device.name)
        net = trainer.networks["net"].to(trainer.device.name)
        for _ in range(steps):
            trainer.learn((net(data) - data).square().mean(), 64)

    def test_training_goes_on_where_it_was_saved(self):
        first = self.trainer()
        self.learn(first, 7)
        first.save()
        second = self.trainer()
        self.assertEqual((second.step, second.pictures), (7, 7 * 64))
        self.assertGreater(second.seconds(), 0)
        torch.testing.assert_close(second.networks["net"].weight, first.networks["net"].weight)
        torch.testing.assert_close(second.muon.momenta, first.muon.momenta)
        torch.testing.assert_close(second.average.weights, first.average.weights)

    def test_a_signal_saves_and_ends_the_program(self):
        trainer = self.trainer()
        self.learn(trainer, 3)
        os.kill(os.getpid(), signal.SIGTERM)
        with self.assertRaisesRegex(SystemExit, "stopped at step 3; run again to go on"):
            trainer.goes_on()
        self.assertEqual(self.trainer().step, 3)

    def test_the_loss_falls(self):
        trainer = self.trainer()
        self.learn(trainer, 20)
        before = trainer.loss
        self.learn(trainer, 200)
        self.assertLess(trainer.loss, before / 2)

    def test_an_interrupted_write_leaves_the_old_file(self):
        file = self.folder / "kept"
        file.write_bytes(b"old")
        with self.assertRaises(KeyError), written_whole(file) as stream:
            stream.write(b"new")
            raise KeyError("killed")
        self.assertEqual(file.read_bytes(), b"old")

    def test_the_update_of_muon_has_singular_values_near_one(self):
        for shape in ((24, 30), (24, 200), (200, 24)):
            values = torch.linalg.svdvals(
                orthogonalised(torch.randn(shape, generator=torch.Generator().manual_seed(2)), steps=6)
            )
            self.assertTrue(((values > 0.5) & (values < 1.4)).all(), (shape, values))

    def test_the_manifest_lists_each_file_with_hash_and_size_in_byte_order(self):
        for path in ("unet/config.json", "Zebra.txt", "a b.txt"):
            (self.folder / path).parent.mkdir(exist_ok=True)
            (self.folder / path).write_bytes(path.encode())
        write_manifest(self.folder)
        expected = "".join(
            f"{hashlib.sha256(p.encode()).hexdigest()} {len(p)} {p}\n"
            for p in ("Zebra.txt", "a b.txt", "unet/config.json")
        )
        self.assertEqual((self.folder / "manifest.txt").read_text(), expected)

    def test_the_distance_of_shifted_features_is_the_squared_shift(self):
        features = np.random.default_rng(0).normal(size=(500, 8))
        self.assertAlmostEqual(frechet_distance(features, features), 0, places=6)
        self.assertAlmostEqual(frechet_distance(features, features + 0.5), 8 * 0.25, places=6)

    def test_the_judge_says_nothing_where_no_thing_is_likelier_than_all_others(self):
        shares = torch.tensor([[0.6, 0.3, 0.1], [0.45, 0.35, 0.2], [0.1, 0.2, 0.7]])
        self.assertEqual(with_certainty(shares.log(), nothing=2).tolist(), [0, 2, 2])

    def test_a_grown_autoencoder_keeps_the_inner_levels_and_the_size_of_the_latents(self):
        small, grown = new_small_autoencoder(128), new_autoencoder(128)
        grow(grown, small.state_dict())
        for ours, theirs in (
            (grown.encoder.down_blocks[2], small.encoder.down_blocks[1]),
            (grown.encoder.mid_block, small.encoder.mid_block),
            (grown.decoder.up_blocks[1], small.decoder.up_blocks[1]),
            (grown.decoder.up_blocks[3].resnets, small.decoder.up_blocks[3].resnets),
            (grown.quant_conv, small.quant_conv),
        ):
            for name, weight in theirs.state_dict().items():
                self.assertTrue(torch.equal(ours.state_dict()[name], weight), name)
        picture = torch.zeros(1, 3, 128, 128)
        with torch.no_grad():
            latent = grown.encode(picture).latent_dist.mean
            self.assertEqual(latent.shape, small.encode(halved(picture)).latent_dist.mean.shape)
            self.assertEqual(grown.decode(latent).sample.shape, picture.shape)

    def test_the_signal_to_noise_ratio_is_that_of_a_peak_of_two(self):
        picture = torch.zeros(2, 3, 8, 8)
        error = torch.tensor([0.2, 0.02]).view(2, 1, 1, 1)
        torch.testing.assert_close(decibels(picture + error, picture), torch.tensor([20.0, 40.0]))

    def test_the_vocabulary_has_the_order_of_clip(self):
        ids, merges = vocabulary(learn_merges(["a red fox", "a red rose", "the red fox"] * 5))
        self.assertEqual(len(ids), VOCABULARY_SIZE)
        self.assertEqual((ids["<|startoftext|>"], ids["<|endoftext|>"]), (START_TOKEN, END_TOKEN))
        self.assertIn("red</w>", ids)
        self.assertEqual(ids[merges[0].replace(" ", "")], 512)

    def test_a_lump_is_another_picture_of_the_same_colours(self):
        torch.manual_seed(3)
        pictures = torch.nn.functional.interpolate(torch.rand(64, 3, 8, 8) * 2 - 1, (64, 64))
        for way in (warped, melted, erased, mixed, lumps):
            spoilt = way(pictures)
            self.assertEqual(spoilt.shape, pictures.shape)
            self.assertGreater((spoilt - pictures).abs().mean().item(), 0.1, way.__name__)
            self.assertLess((spoilt.mean() - pictures.mean()).abs().item(), 0.1, way.__name__)
            self.assertLessEqual(spoilt.abs().max().item(), 1.001, way.__name__)
        self.assertLess((bent(pictures, 0.0) - pictures).abs().max().item(), 1e-4)

    def test_words_are_known_plain_or_near(self):
        things = [Thing("house", "land", ("house", "home")), Thing("t-rex", "land", ("dinosaur",))]
        words = known_words(things)
        self.assertTrue({"house", "houses", "home", "dinosaurs", "sunset", "watercolor", "red"} <= set(words["known"]))
        self.assertEqual(words["near"]["cabin"], "house")
        self.assertNotIn("home", words["near"])
        self.assertNotIn("palace", words["near"])  # its nearest, a castle, is not known here
        self.assertFalse(set(words["known"]) & set(words["plain"]) | set(words["known"]) & set(words["near"]))

    def test_a_verdict_file_has_a_word_for_each_picture(self):
        file = self.folder / "verdicts.txt"
        file.write_text("clear a fox\nguessed a dragon\n")
        self.assertEqual(read_verdicts(file, 2), ["clear", "guessed"])
        with self.assertRaises(SystemExit) as error:
            read_verdicts(file, 3)
        self.assertEqual(
            str(error.exception), f"{file} must have 3 lines that start with clear, guessed, absent but has 2"
        )

    def test_packed_icons_come_out_as_they_went_in(self):
        pixels = np.random.default_rng(0).integers(0, 256, (3, 4, 4, 4), np.uint8)
        names = ("house", "no-such-thing", "dog")
        icons = [{"i": i, "name": name, "set": "fluent-emoji-3d"} for i, name in enumerate(names)]
        (self.folder / "index.json").write_text(json.dumps({"size": 4, "icons": icons}))
        (self.folder / "icons.rgba").write_bytes(pixels.tobytes())
        pack(self.folder, self.folder / "icons.npz")
        unpack(self.folder / "icons.npz", self.folder / "there")
        index = json.loads((self.folder / "there/index.json").read_text())
        self.assertEqual([(icon["i"], icon["name"]) for icon in index["icons"]], [(0, "house"), (1, "dog")])
        self.assertEqual((self.folder / "there/icons.rgba").read_bytes(), pixels[[0, 2]].tobytes())

    def test_the_weight_of_min_snr_falls_where_there_is_least_noise(self):
        alphas_cumprod = torch.tensor([0.0, 0.5, 0.8, 0.9, 0.99])
        torch.testing.assert_close(loss_weights(alphas_cumprod, 5.0), torch.tensor([1.0, 1.0, 1.0, 0.5, 0.05]))
        torch.testing.assert_close(loss_weights(alphas_cumprod, float("inf")), torch.ones(5))

    def test_the_timesteps_of_flow_matching_have_the_signal_to_noise_ratio_of_its_times(self):
        torch.manual_seed(3)
        alphas_cumprod = DDIMScheduler(**NOISE_SCHEDULE).alphas_cumprod
        timesteps = flow_timesteps(20_000, alphas_cumprod)
        self.assertTrue(((timesteps >= 0) & (timesteps < 1000)).all())
        # noise / (signal + noise) is the time again: half of the times lie below 1/2, 84 % below 1 / (1 + 1/e)
        noise, signal = (1 - alphas_cumprod).sqrt()[timesteps], alphas_cumprod.sqrt()[timesteps]
        time = noise / (signal + noise)
        self.assertAlmostEqual((time < 0.5).float().mean().item(), 0.5, delta=0.015)
        self.assertAlmostEqual((time < 1 / (1 + np.exp(-1))).float().mean().item(), 0.8413, delta=0.015)

    def test_the_weight_of_flow_matching_makes_the_error_of_velocities_that_of_flows(self):
        latent, noise, predicted = (torch.randn(6, 8) for _ in range(3))
        alphas_cumprod = torch.tensor([0.0, 0.1, 0.5, 0.7, 0.95, 1.0])
        alpha, sigma = alphas_cumprod.sqrt()[:, None], (1 - alphas_cumprod).sqrt()[:, None]
        noisy, velocity = alpha * latent + sigma * noise, alpha * noise - sigma * latent
        flow = sigma * noisy + alpha * predicted - (alpha * noisy - sigma * predicted)  # predicted noise - picture
        torch.testing.assert_close(
            (flow - (noise - latent)).square().mean(1),
            flow_weights(alphas_cumprod) * (predicted - velocity).square().mean(1),
        )

    def test_the_aligned_layer_has_a_place_for_each_patch_and_learns(self):
        unet, device = new_unet(256), Device()
        aligner = Aligner(device.put(unet), device)
        torch.nn.init.eye_(aligner.inner.weight)
        features = torch.nn.functional.normalize(torch.randn(2, PATCHES**2, CLIP_WIDTH, device=device.name), dim=-1)
        unet(torch.randn(2, 8, 16, 16, device=device.name), 500, torch.randn(2, 4, 256, device=device.name))
        loss = aligner.loss(features)
        loss.backward()
        self.assertLess(abs(loss.item()), 0.1)  # of directions that have nothing to do with each other
        self.assertTrue(any(p.grad is not None and p.grad.abs().sum() > 0 for p in unet.down_blocks.parameters()))

    def test_a_thing_is_found_where_it_is_the_nearest(self):
        features, things = np.array([[1.0, 0.0], [0.6, 0.8], [0.8, 0.6]]), np.eye(2)
        share, cosine = found(features, things, np.array([0, 1, 1]))
        self.assertAlmostEqual(share, 2 / 3)
        self.assertAlmostEqual(cosine, (1 + 0.8 + 0.6) / 3)

    def test_a_network_that_a_state_does_not_have_starts_as_it_is(self):
        first = self.trainer()
        self.learn(first, 3)
        torch.save({"model": first.average.weights, "ema": first.average.weights, "step": 0, "spent": 0.0}, first.state)
        added = torch.nn.Linear(2, 2)
        networks, clock = {"net": torch.nn.Linear(32, 32), "added": added}, iter([5.0, 65.0])
        second = Trainer(networks, first.state, Device(), 2, 1000, 0.05, 5e-4, clock=lambda: next(clock))
        torch.testing.assert_close(networks["net"].weight, first.average.weights["net.weight"])
        torch.testing.assert_close(second.average.weights["added.weight"], added.weight)
        self.assertEqual(second.share(), 0.5)

    def test_equal_captions_are_no_wrong_answers(self):
        similarities = torch.tensor([[5.0, 5.0], [5.0, 5.0]])
        self.assertAlmostEqual(contrastive_loss(similarities, torch.tensor([0, 0])).item(), 0, places=4)
        self.assertAlmostEqual(contrastive_loss(similarities, torch.tensor([0, 1])).item(), np.log(2), places=4)


if __name__ == "__main__":
    unittest.main()
