package dev.triptych.diffusion.scheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.triptych.diffusion.random.NormalSource;
import dev.triptych.diffusion.random.TorchCpuNormal;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The sums that the reference's own tests expect: huggingface/diffusers (0.36), tests/schedulers/test_scheduler_*.py,
 * {@code full_loop}. Start: {@code arange(768).reshape(3, 8, 8, 4) / 768}, permuted to (4, 3, 8, 8); model: x·t/(t+1).
 * The family that counts in σ passes the scaled sample on to the step; that is a quirk of those tests.
 */
class PublishedSumsTest {

    private static final int SIZE = 768;

    @ParameterizedTest
    @CsvSource({
        // test_scheduler_ddim.py
        "DDIMScheduler, 10, '', 172.0067",
        "DDIMScheduler, 10, prediction_type=v_prediction, 52.5302",
        "DDIMScheduler, 10, beta_start=0.01 set_alpha_to_one=true, 149.8295",
        "DDIMScheduler, 10, beta_start=0.01 set_alpha_to_one=false, 149.0784",
        // test_scheduler_ddpm.py
        "DDPMScheduler, 1000, '', 258.9606",
        "DDPMScheduler, 1000, prediction_type=v_prediction, 202.0296",
        // test_scheduler_pndm.py
        "PNDMScheduler, 10, '', 198.1318",
        "PNDMScheduler, 10, prediction_type=v_prediction, 67.3986",
        "PNDMScheduler, 10, beta_start=0.01 set_alpha_to_one=true, 230.0399",
        "PNDMScheduler, 10, beta_start=0.01 set_alpha_to_one=false, 186.9482",
        // test_scheduler_lms.py
        "LMSDiscreteScheduler, 10, num_train_timesteps=1100, 1006.388",
        "LMSDiscreteScheduler, 10, num_train_timesteps=1100 use_karras_sigmas=true, 3812.9927",
        "LMSDiscreteScheduler, 10, num_train_timesteps=1100 prediction_type=v_prediction, 0.0017",
        // test_scheduler_euler.py
        "EulerDiscreteScheduler, 10, num_train_timesteps=1100, 10.0807",
        "EulerDiscreteScheduler, 10, num_train_timesteps=1100 use_karras_sigmas=true, 124.522995",
        "EulerDiscreteScheduler, 10, num_train_timesteps=1100 prediction_type=v_prediction, 0.0002",
        // test_scheduler_euler_ancestral.py
        "EulerAncestralDiscreteScheduler, 10, num_train_timesteps=1100, 152.3192",
        "EulerAncestralDiscreteScheduler, 10, num_train_timesteps=1100 prediction_type=v_prediction, 108.4439",
        // test_scheduler_heun.py, test_scheduler_kdpm2_discrete.py, test_scheduler_kdpm2_ancestral.py
        "HeunDiscreteScheduler, 10, num_train_timesteps=1100, 0.1233",
        "KDPM2DiscreteScheduler, 10, num_train_timesteps=1100, 20.4125",
        "KDPM2AncestralDiscreteScheduler, 10, num_train_timesteps=1100, 13979.9433",
        "KDPM2AncestralDiscreteScheduler, 10, num_train_timesteps=1100 prediction_type=v_prediction, 331.8133",
        // test_scheduler_lcm.py, test_scheduler_tcd.py
        "LCMScheduler, 1, beta_start=0.00085 beta_end=0.012 beta_schedule=scaled_linear, 18.7097",
        "LCMScheduler, 10, beta_start=0.00085 beta_end=0.012 beta_schedule=scaled_linear, 197.7616",
        "TCDScheduler, 1, beta_start=0.00085 beta_end=0.012 beta_schedule=scaled_linear, 29.8715",
        "TCDScheduler, 10, beta_start=0.00085 beta_end=0.012 beta_schedule=scaled_linear, 181.2040",
        // test_scheduler_unclip.py
        "UnCLIPScheduler, 1000, beta_schedule=squaredcos_cap_v2, 252.2682495",
        "UnCLIPScheduler, 25, beta_schedule=squaredcos_cap_v2, 258.2044983",
    })
    void sumOfMagnitudesIsThePublishedOne(String className, int steps, String keys, double sum) {
        assertThat(magnitude(className, steps, keys)).isCloseTo(sum, within(Math.max(1e-2, 2e-5 * sum)));
    }

    @ParameterizedTest
    @CsvSource({
        // test_scheduler_dpm_multi.py
        "DPMSolverMultistepScheduler, lower_order_final=false final_sigmas_type=sigma_min, 0.3301",
        "DPMSolverMultistepScheduler, lower_order_final=false final_sigmas_type=sigma_min"
                + " prediction_type=v_prediction, 0.2251",
        "DPMSolverMultistepScheduler, lower_order_final=false final_sigmas_type=sigma_min"
                + " prediction_type=v_prediction use_karras_sigmas=true, 0.2096",
        "DPMSolverMultistepScheduler, lower_order_final=false final_sigmas_type=sigma_min"
                + " prediction_type=v_prediction use_lu_lambdas=true, 0.1554",
        // test_scheduler_unipc.py
        "UniPCMultistepScheduler, final_sigmas_type=sigma_min, 0.2464",
        "UniPCMultistepScheduler, final_sigmas_type=sigma_min use_karras_sigmas=true, 0.2925",
        "UniPCMultistepScheduler, final_sigmas_type=sigma_min prediction_type=v_prediction, 0.1014",
        "UniPCMultistepScheduler, final_sigmas_type=sigma_min prediction_type=v_prediction"
                + " use_karras_sigmas=true, 0.1966",
        // test_scheduler_deis.py, test_scheduler_dpm_single.py
        "DEISMultistepScheduler, '', 0.23916",
        "DEISMultistepScheduler, prediction_type=v_prediction, 0.091",
        "DPMSolverSinglestepScheduler, final_sigmas_type=sigma_min, 0.2791",
        "DPMSolverSinglestepScheduler, final_sigmas_type=sigma_min use_karras_sigmas=true, 0.2248",
        "DPMSolverSinglestepScheduler, final_sigmas_type=sigma_min prediction_type=v_prediction, 0.1453",
        "DPMSolverSinglestepScheduler, final_sigmas_type=sigma_min prediction_type=v_prediction"
                + " use_karras_sigmas=true, 0.0649",
    })
    void meanMagnitudeIsThePublishedOne(String className, String keys, double mean) {
        assertThat(magnitude(className, 10, keys) / SIZE).isCloseTo(mean, within(1e-3));
    }

    private static double magnitude(String className, int steps, String keys) {
        Map<String, Object> betas = new LinkedHashMap<>();
        betas.put("beta_start", 0.0001);
        betas.put("beta_end", 0.02);
        betas.put("beta_schedule", "linear");
        SchedulerConfig config = SchedulerConfig.of(className, betas);
        for (String key : keys.isEmpty() ? new String[0] : keys.split(" ", -1)) {
            String[] pair = key.split("=", 2);
            config = config.with(pair[0], pair[1]);
        }
        return sumOfMagnitudes(Schedulers.create(config, steps, StepArguments.DEFAULTS.withEta(0)));
    }

    private static double sumOfMagnitudes(Scheduler scheduler) {
        NormalSource noise = new TorchCpuNormal(0);
        float[] sample = WeightedSum.scaled(start(), scheduler.initNoiseSigma());
        for (int call = 0; call < scheduler.timesteps().length; call++) {
            sample = scheduler.scaleModelInput(sample, call);
            float timestep = scheduler.timesteps()[call];
            float[] prediction = WeightedSum.scaled(sample, timestep / (timestep + 1));
            sample = scheduler.step(prediction, call, sample, noise);
        }
        double sum = 0;
        for (float value : sample) {
            sum += Math.abs(value);
        }
        return sum;
    }

    private static float[] start() {
        float[] sample = new float[SIZE];
        for (int n = 0; n < 4; n++) {
            for (int pixel = 0; pixel < SIZE / 4; pixel++) {
                sample[n * SIZE / 4 + pixel] = (pixel * 4 + n) / (float) SIZE;
            }
        }
        return sample;
    }
}
