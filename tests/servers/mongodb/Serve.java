import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;

/** Serves MongoDB's protocol on 127.0.0.1 until it is ended. Usage: java -cp 'DIRECTORY/*' Serve.java PORT */
public class Serve {
  public static void main(String[] arguments) throws InterruptedException {
    new MongoServer(new MemoryBackend()).bind("127.0.0.1", Integer.parseInt(arguments[0]));
    Thread.currentThread().join();
  }
}
