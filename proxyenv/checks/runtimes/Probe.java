// One TLS handshake for each line of standard input: port, host and file of anchors, separated by tabs.

import java.io.BufferedReader;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

class Probe {
    public static void main(String[] arguments) throws Exception {
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
        String line;
        while ((line = lines.readLine()) != null) {
            String answer;
            try {
                shakeHands(line.split("\t"));
                answer = "ok";
            } catch (Exception error) {
                answer = "fail\t" + describe(error);
            }
            System.out.println(answer.replaceAll("[\\r\\n]+", " "));
        }
    }

    private static void shakeHands(String[] job) throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        TrustManagerFactory managers = TrustManagerFactory.getInstance("PKIX");
        managers.init(readAnchors(Path.of(job[2])));
        context.init(null, managers.getTrustManagers(), null);
        try (Socket plain = new Socket("127.0.0.1", Integer.parseInt(job[0]))) {
            plain.setSoTimeout(10000);
            int port = Integer.parseInt(job[0]);
            SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket(plain, job[1], port, true);
            SSLParameters parameters = socket.getSSLParameters();
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
            socket.setSSLParameters(parameters);
            socket.startHandshake();
        }
    }

    private static KeyStore readAnchors(Path file) throws Exception {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        int number = 0;
        try (InputStream stream = Files.newInputStream(file)) {
            for (Certificate anchor : CertificateFactory.getInstance("X.509").generateCertificates(stream)) {
                store.setCertificateEntry("anchor" + number++, anchor);
            }
        }
        return store;
    }

    private static String describe(Throwable error) {
        Throwable cause = error;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause.getClass().getName() + ": " + cause.getMessage();
    }
}
