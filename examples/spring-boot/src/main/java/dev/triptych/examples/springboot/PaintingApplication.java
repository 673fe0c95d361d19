package dev.triptych.examples.springboot;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/** Starts the page at {@code http://localhost:8080}. */
@SpringBootApplication
public class PaintingApplication {

    /** For Spring. */
    public PaintingApplication() {}

    /** Starts the application; {@code --spring.profiles.active=studio} takes the hosted API first. */
    public static void main(String[] arguments) {
        SpringApplication.run(PaintingApplication.class, arguments);
    }
}
