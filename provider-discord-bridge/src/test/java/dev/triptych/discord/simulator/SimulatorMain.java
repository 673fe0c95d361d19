package dev.triptych.discord.simulator;

import java.util.concurrent.CountDownLatch;

/**
 * The simulated server as a process of its own: prints what goes into the configurations of a relay and an image bot,
 * and runs until it is killed. One argument: the port; none = any free one.
 */
public final class SimulatorMain {

    private SimulatorMain() {}

    /** Starts the server. */
    @SuppressWarnings("SystemOut") // This is the program's output.
    public static void main(String... arguments) throws InterruptedException {
        SimulatedDiscord discord = SimulatedDiscord.start(arguments.length == 0 ? 0 : Integer.parseInt(arguments[0]));
        SimulatedUser relay = discord.addBot("relay", true);
        SimulatedUser artist = discord.addBot("artist", true);
        System.out.println("rest-base: " + discord.restBase());
        System.out.println("gateway-url: " + discord.gatewayUrl());
        System.out.println("cdn-hosts: " + discord.cdnHost());
        System.out.println("channel: \"" + discord.addChannel("art") + "\"");
        System.out.println("relay: \"" + relay.id() + "\"");
        System.out.println("relay-token: " + relay.token());
        System.out.println("image-bot: \"" + artist.id() + "\"");
        System.out.println("image-bot-token: " + artist.token());
        System.out.flush();
        new CountDownLatch(1).await();
    }
}
