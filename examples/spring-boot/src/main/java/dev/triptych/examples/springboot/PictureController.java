package dev.triptych.examples.springboot;

import dev.triptych.GeneratedImage;
import dev.triptych.GenerationWarning;
import dev.triptych.ImageGenerationException;
import dev.triptych.ImageGenerator;
import dev.triptych.ImageRequest;
import dev.triptych.ImageResult;
import dev.triptych.UnsupportedRequestException;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ProblemDetail;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** Paints a prompt with whichever generator the configuration names. */
@RestController
class PictureController {

    private final ImageGenerator generator;

    PictureController(ImageGenerator generator) {
        this.generator = generator;
    }

    /** The picture itself; who made it, and how, in headers. */
    @PostMapping("/pictures")
    ResponseEntity<byte[]> paint(@RequestParam String prompt, @RequestParam(required = false) @Nullable Long seed) {
        ImageRequest request = ImageRequest.builder().prompt(prompt).seed(seed).build();
        ImageResult result = generator.generate(request);
        GeneratedImage image = result.image();
        HttpHeaders headers = new HttpHeaders();
        headers.setContentType(MediaType.parseMediaType(image.mediaType()));
        headers.set("Triptych-Served-By", result.execution().servedBy().name());
        image.seed().ifPresent(made -> headers.set("Triptych-Seed", Long.toString(made)));
        String warnings =
                result.warnings().stream().map(GenerationWarning::field).collect(Collectors.joining(", "));
        if (!warnings.isEmpty()) {
            headers.set("Triptych-Warnings", warnings);
        }
        return new ResponseEntity<>(image.bytes(), headers, HttpStatus.OK);
    }

    /** No provider, or not this one, could accept such a request. */
    @ExceptionHandler({IllegalArgumentException.class, UnsupportedRequestException.class})
    ProblemDetail refused(RuntimeException e) {
        return ProblemDetail.forStatusAndDetail(HttpStatus.BAD_REQUEST, e.getMessage());
    }

    /** No generator gave a picture. */
    @ExceptionHandler
    ProblemDetail failed(ImageGenerationException e) {
        return ProblemDetail.forStatusAndDetail(HttpStatus.BAD_GATEWAY, e.getMessage());
    }
}
