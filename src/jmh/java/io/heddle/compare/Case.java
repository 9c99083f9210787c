package io.heddle.compare;

import java.util.ArrayList;
import java.util.List;

/** A scenario at one number of connections. */
record Case(Scenario scenario, int connections) {
    /**
     * Reads "name" or "name@connections".
     *
     * @param connections for those that do not say; if empty, each scenario's own
     */
    static List<Case> parse(List<String> texts, List<Integer> connections) {
        List<Case> cases = new ArrayList<>();
        for (String text : texts) {
            int at = text.indexOf('@');
            Scenario scenario = Scenario.named(at < 0 ? text : text.substring(0, at));
            if (at >= 0) {
                cases.add(new Case(scenario, Options.positive("connections", text.substring(at + 1))));
            } else {
                boolean own = connections.isEmpty() || scenario.load() == Scenario.Load.BULK;
                (own ? scenario.connections() : connections).forEach(n -> cases.add(new Case(scenario, n)));
            }
        }
        return cases;
    }

    @Override
    public String toString() {
        return scenario.name() + "@" + connections;
    }
}
