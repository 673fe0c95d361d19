package dev.triptych.openai;

import java.math.BigDecimal;
import java.util.Optional;

/**
 * By what a server knows a job that it accepted. The addresses may hold a signature and are not printed.
 *
 * @param id the server's id
 * @param statusUrl where it says how far the job is
 * @param resultUrl where the pictures are named; {@code ""} = the status does
 * @param cancelUrl where it is told to stop; {@code ""} = nowhere
 * @param dollars what the job costs, where the server says so at once
 */
record JobTicket(String id, String statusUrl, String resultUrl, String cancelUrl, Optional<BigDecimal> dollars) {

    @Override
    public String toString() {
        return "JobTicket[" + id + "]";
    }
}
