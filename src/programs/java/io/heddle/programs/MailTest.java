package io.heddle.programs;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.programs.Recorder.Made;
import io.heddle.testing.Caller;
import jakarta.mail.Message;
import jakarta.mail.MessagingException;
import jakarta.mail.Session;
import jakarta.mail.Transport;
import jakarta.mail.internet.InternetAddress;
import jakarta.mail.internet.MimeMessage;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.Properties;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import okhttp3.tls.HandshakeCertificates;
import okhttp3.tls.HeldCertificate;
import org.subethamail.smtp.server.SMTPServer;

/** Angus Mail and SubEthaSMTP: both ends are on the same kind of socket, which becomes a TLS one half-way. */
@Program
class MailTest {
    private static final int MESSAGES = 3;

    /** More than fits into the buffers of a socket. */
    private static final String TEXT = "A heddle lifts threads.\r\n".repeat(40_000);

    @EverySockets
    void messagesArriveOverStartTls(Sockets sockets, Caller caller) throws Exception {
        HeldCertificate certificate = new HeldCertificate.Builder()
                .addSubjectAlternativeName("localhost")
                .build();
        HandshakeCertificates certificates = new HandshakeCertificates.Builder()
                .heldCertificate(certificate)
                .addTrustedCertificate(certificate.certificate())
                .build();
        Made before = sockets.made();
        BlockingQueue<String> delivered = new LinkedBlockingQueue<>();
        SMTPServer server = SMTPServer.port(0)
                .bindAddress(InetAddress.getLoopbackAddress())
                .serverSocketFactory(() -> sockets.serverFactory().createServerSocket())
                .startTlsSocketFactory(certificates.sslContext())
                .enableTLS()
                .requireTLS()
                .messageHandler((context, from, to, data) ->
                        delivered.add(from + " to " + to + "\n" + new String(data, StandardCharsets.US_ASCII)))
                .build();
        server.start();
        try {
            sockets.carry(caller, () -> send(session(sockets, server.getPortAllocated(), certificates)));
            sockets.checkMade(before, 1, 1, 1);
            assertThat(delivered).hasSize(MESSAGES);
            for (int i = 0; i < MESSAGES; i++) {
                assertThat(delivered.take())
                        .startsWith("from@localhost to to@localhost\n")
                        .contains("Subject: message " + i)
                        .contains(TEXT);
            }
        } finally {
            server.stop();
        }
    }

    private static Session session(Sockets sockets, int port, HandshakeCertificates certificates) {
        Properties properties = new Properties();
        properties.put("mail.smtp.host", "localhost");
        properties.put("mail.smtp.port", String.valueOf(port));
        properties.put("mail.smtp.socketFactory", sockets.factory());
        properties.put("mail.smtp.socketFactory.fallback", "false");
        properties.put("mail.smtp.starttls.required", "true");
        properties.put("mail.smtp.starttls.enable", "true");
        properties.put("mail.smtp.ssl.socketFactory", certificates.sslSocketFactory());
        properties.put("mail.smtp.connectiontimeout", "30000");
        properties.put("mail.smtp.timeout", "30000");
        // It then writes through a socket of its own, which closes ours when a write takes too long.
        properties.put("mail.smtp.writetimeout", "30000");
        return Session.getInstance(properties);
    }

    private static void send(Session session) throws MessagingException {
        try (Transport transport = session.getTransport("smtp")) {
            transport.connect();
            for (int i = 0; i < MESSAGES; i++) {
                MimeMessage message = new MimeMessage(session);
                message.setFrom(new InternetAddress("from@localhost"));
                message.setRecipient(Message.RecipientType.TO, new InternetAddress("to@localhost"));
                message.setSubject("message " + i);
                message.setText(TEXT, "us-ascii");
                message.saveChanges();
                transport.sendMessage(message, message.getAllRecipients());
            }
        }
    }
}
