package countertrail;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Field;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import software.amazon.event.ruler.JsonRuleCompiler;
import software.amazon.event.ruler.Machine;
import software.amazon.event.ruler.MachineComplexityEvaluator;
import software.amazon.event.ruler.MatchType;
import software.amazon.event.ruler.Patterns;

/**
 * Answers questions about patterns and events with the open-source engine.
 *
 * <p>A request on standard input is: one byte, the question; the pattern; the event. A reply on standard output is the
 * list of fields that the methods below write, in their order. Numbers are big-endian, texts are UTF-8 behind a length
 * of four bytes. The first thing written, before any request, is the Java version. The question SPELL has a number for
 * a pattern, and for a reply the text that Java gives to its nearest double.
 */
public final class Driver {
    private static final int QUICK = 1;
    private static final int DEEP = 2;
    private static final int SPELL = 3;

    /** How often a deep reply builds the machine anew. The engine's known coin tosses come out both ways well within this. */
    private static final int BUILDS = 15;

    /** Above this many single-valued machines a pattern is not taken apart. */
    private static final int MAX_SPEC = 50_000;

    /** Complexity is not evaluated beyond this; the service's limit is 10. */
    private static final int MAX_COMPLEXITY = 50;

    private static final String RULE = "rule";

    private final DataInputStream in;
    private final DataOutputStream out;

    private Driver(InputStream in, DataOutputStream out) {
        this.in = new DataInputStream(in);
        this.out = out;
    }

    public static void main(String[] args) throws Exception {
        showSourceInErrors();
        BufferedInputStream in = new BufferedInputStream(System.in, 1 << 16);
        DataOutputStream out = new DataOutputStream(new BufferedOutputStream(System.out, 1 << 16));
        new Driver(in, out).serve(in);
    }

    private void serve(InputStream buffered) throws Exception {
        write(System.getProperty("java.version"));
        out.flush();
        while (true) {
            int question;
            try {
                question = in.readByte();
            } catch (EOFException e) {
                return;
            }
            String pattern = readText();
            String event = readText();
            if (question == SPELL) {
                write(Double.toString(Double.parseDouble(pattern)));
            } else if (quick(pattern, event) && question == DEEP) {
                deep(pattern, event);
            }
            if (buffered.available() == 0) {
                out.flush();
            }
        }
    }

    /**
     * Writes: refusal (text, empty if the pattern is accepted) and for an accepted pattern also: the number of sub-rules
     * (int), crash of adding it (text, empty if none), wildcard complexity (int), matched (boolean), failure to read the
     * event (text). Returns whether a deep reply follows if it was asked for.
     */
    private boolean quick(String pattern, String event) throws IOException {
        List<Map<String, List<Patterns>>> rules;
        try {
            rules = JsonRuleCompiler.compile(pattern);
        } catch (Exception e) {
            String message = e.getLocalizedMessage();
            write(message == null ? e.getClass().getName() : message);
            return false;
        }
        String crash = "";
        int complexity = 0;
        boolean matched = false;
        String failure = "";
        try {
            Machine machine = build(rules, true);
            if (hasWildcard(rules)) { // the evaluation is slow
                complexity = machine.evaluateComplexity(new MachineComplexityEvaluator(MAX_COMPLEXITY));
            }
            try {
                matched = matches(machine, event);
            } catch (Exception e) {
                failure = e.toString();
            }
        } catch (Exception e) {
            crash = e.toString();
        }
        write("");
        out.writeInt(rules.size());
        write(crash);
        out.writeInt(complexity);
        out.writeBoolean(matched);
        write(failure);
        return failure.isEmpty();
    }

    /**
     * Writes: how many builds succeed (int), how many of them match (int), and how many match with the older finder
     * (int); whether the pattern could be taken apart (boolean), then matches (boolean), and matches with the older
     * finder (boolean); the number of sub-rules (int) and for each the number of paths (int) and for each path its name,
     * the number of its values (int), and for each value its type and its text.
     */
    private void deep(String pattern, String event) throws Exception {
        int built = 0;
        int matched = 0;
        int matchedOld = 0;
        for (int i = 0; i < BUILDS; i++) {
            try {
                Machine machine = build(JsonRuleCompiler.compile(pattern), true);
                Machine old = build(JsonRuleCompiler.compile(pattern), false);
                built++;
                matched += matches(machine, event) ? 1 : 0;
                matchedOld += matches(old, event) ? 1 : 0;
            } catch (Exception e) {
                // not counted as built
            }
        }
        out.writeInt(built);
        out.writeInt(matched);
        out.writeInt(matchedOld);

        List<Map<String, List<Patterns>>> rules = JsonRuleCompiler.compile(pattern);
        boolean apart = countSingles(rules) <= MAX_SPEC;
        boolean spec = false;
        boolean specOld = false;
        try {
            spec = apart && spec(rules, event, true);
            specOld = apart && spec(rules, event, false);
        } catch (Exception e) {
            apart = false;
        }
        out.writeBoolean(apart);
        out.writeBoolean(spec);
        out.writeBoolean(specOld);

        out.writeInt(rules.size());
        for (Map<String, List<Patterns>> rule : rules) {
            out.writeInt(rule.size());
            for (Map.Entry<String, List<Patterns>> field : rule.entrySet()) {
                write(field.getKey());
                out.writeInt(field.getValue().size());
                for (Patterns value : field.getValue()) {
                    write(value.type().name());
                    write(value.toString());
                }
            }
        }
    }

    /** Builds a machine from the strict compiler's result; Machine.addRule would fall back to the legacy compiler. */
    private static Machine build(List<Map<String, List<Patterns>>> rules, boolean structured) {
        Machine machine = Machine.builder().withStructuredMatching(structured).build();
        for (Map<String, List<Patterns>> rule : rules) {
            machine.addPatternRule(RULE, rule);
        }
        return machine;
    }

    private static boolean hasWildcard(List<Map<String, List<Patterns>>> rules) {
        return rules.stream().flatMap(rule -> rule.values().stream()).flatMap(List::stream)
                .anyMatch(value -> value.type() == MatchType.WILDCARD || value.type() == MatchType.ANYTHING_BUT_WILDCARD);
    }

    private static boolean matches(Machine machine, String event) throws Exception {
        return !machine.rulesForJSONEvent(event).isEmpty();
    }

    private static long countSingles(List<Map<String, List<Patterns>>> rules) {
        long sum = 0;
        for (Map<String, List<Patterns>> rule : rules) {
            long product = 1;
            for (List<Patterns> values : rule.values()) {
                product = Math.min(product * values.size(), MAX_SPEC + 1L);
            }
            sum += product;
        }
        return sum;
    }

    /** Reports whether any machine with one value for each path of one sub-rule matches. */
    private static boolean spec(List<Map<String, List<Patterns>>> rules, String event, boolean structured)
            throws Exception {
        for (Map<String, List<Patterns>> rule : rules) {
            if (spec(rule, new ArrayList<>(rule.keySet()), 0, new TreeMap<>(), event, structured)) {
                return true;
            }
        }
        return false;
    }

    private static boolean spec(Map<String, List<Patterns>> rule, List<String> paths, int next,
            Map<String, List<Patterns>> chosen, String event, boolean structured) throws Exception {
        if (next == paths.size()) {
            return matches(build(List.of(chosen), structured), event);
        }
        String path = paths.get(next);
        for (Patterns value : rule.get(path)) {
            chosen.put(path, List.of(value));
            if (spec(rule, paths, next + 1, chosen, event, structured)) {
                return true;
            }
        }
        return false;
    }

    /** Makes the compiler's messages quote the pattern, as the service's do; newer Jackson versions leave it out. */
    private static void showSourceInErrors() throws ReflectiveOperationException {
        Field factory = JsonRuleCompiler.class.getDeclaredField("JSON_FACTORY");
        factory.setAccessible(true);
        ((JsonFactory) factory.get(null)).enable(JsonParser.Feature.INCLUDE_SOURCE_IN_LOCATION);
    }

    private String readText() throws IOException {
        byte[] text = new byte[in.readInt()];
        in.readFully(text);
        return new String(text, StandardCharsets.UTF_8);
    }

    private void write(String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        out.writeInt(bytes.length);
        out.write(bytes);
    }
}
